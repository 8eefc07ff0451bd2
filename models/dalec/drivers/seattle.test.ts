import { describe, expect, test } from 'vitest'
import { extraterrestrialRadiation } from './radiation.ts'
import { SEATTLE_LATITUDE, seattleDrivers, seattleWeather } from './seattle.ts'

const header = 'date,precipitation,temp_max,temp_min,wind,weather'

describe('drivers for Seattle', () => {
  const [names, ...lines] = seattleDrivers(seattleWeather()).trimEnd().split('\n')
  const rows = lines.map((line) => line.split(','))
  const radiation = rows.map((row) => Number(row[3]))

  test('have a line for each day of 2012 to 2015, in order', () => {
    expect(names).toBe('date,tmin,tmax,radiation,co2')
    const dates = Array.from({ length: 1461 }, (_, i) =>
      new Date(Date.UTC(2012, 0, 1 + i)).toISOString().slice(0, 10),
    )
    expect(rows.map((row) => row[0])).toEqual(dates)
  })

  test('keep the observed temperatures', () => {
    expect(lines[0]).toMatch(/^2012-01-01,5,12\.8,/)
    expect(rows.every((row) => Number(row[1]) <= Number(row[2]))).toBe(true)
  })

  test('have less radiation than comes from the sun, and never none', () => {
    expect(Math.min(...radiation)).toBeGreaterThan(0)
    expect(Math.max(...radiation)).toBeLessThan(0.7 * extraterrestrialRadiation(SEATTLE_LATITUDE, 172))
  })

  test('have the yearly radiation of a cloudy mid-latitude city', () => {
    const mean = radiation.reduce((sum, value) => sum + value) / radiation.length
    expect(mean).toBeGreaterThan(11)
    expect(mean).toBeLessThan(13)
  })
})

describe('weather that cannot be converted is told', () => {
  test.each([
    ['date,wind\n2012-01-01,3', 'no column precipitation'],
    [`${header}\n2012-01-01,0.0,warm,5.0,4.7,sun`, 'line 2: temp_max is no number: warm'],
    [`${header}\n2012-01-01,0.0,12.8`, 'line 2: temp_min is no number'],
    [`${header}\n1999-01-01,0.0,12.8,5.0,4.7,sun`, 'no CO2 concentration is known for 1999-01-01'],
  ])('%j', (text, words) => {
    expect(() => seattleDrivers(text)).toThrow(words)
  })
})
