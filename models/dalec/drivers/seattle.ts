/**
 * Drivers for DALEC from four years of weather observed at Seattle, 2012 to 2015. The observations come with the
 * package `vega-datasets` and are read from it, never copied. They hold no radiation: it is estimated.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { extraterrestrialRadiation, transmittance } from './radiation.ts'

export const SEATTLE_LATITUDE = 47.6

/** Annual means at Mauna Loa, ppm (the months of `vega-datasets/data/co2-concentration.csv`, averaged). */
const CO2: Readonly<Record<string, number>> = { 2012: 393.9, 2013: 396.6, 2014: 398.6, 2015: 400.9 }

interface Weather {
  date: string
  rain: number
  tmin: number
  tmax: number
}

/** The observations as the package ships them: CSV with date, precipitation, temp_max, temp_min, wind, weather. */
export function seattleWeather(): string {
  const entry = createRequire(import.meta.url).resolve('vega-datasets')
  return readFileSync(join(dirname(entry), '../data/seattle-weather.csv'), 'utf8')
}

/**
 * The driver file (README.md) for these observations, one line a day in the same order. Radiation is estimated
 * from the swing of temperature and from rain. Throws where the text lacks a column, a number or a year's CO2.
 */
export function seattleDrivers(csvText: string): string {
  const days = parse(csvText)
  const ranges = days.map((day, i) => day.tmax - (day.tmin + (days[i + 1] ?? day).tmin) / 2)
  const monthly = monthlyMeans(days, ranges)
  const lines = days.map((day, i) => {
    const range = ranges[i] ?? 0
    const share = transmittance(range, monthly.get(monthOf(day)) ?? range, day.rain > 0)
    const radiation = share * extraterrestrialRadiation(SEATTLE_LATITUDE, dayOfYear(day.date))
    const co2 = CO2[day.date.slice(0, 4)]
    if (co2 === undefined) throw new Error(`no CO2 concentration is known for ${day.date}`)
    return [day.date, day.tmin, day.tmax, radiation.toFixed(3), co2].join(',')
  })
  return ['date,tmin,tmax,radiation,co2', ...lines, ''].join('\n')
}

function parse(csvText: string): Weather[] {
  const [header = '', ...lines] = csvText.trimEnd().split(/\r?\n/)
  const names = header.split(',')
  const column = (name: string) => {
    const index = names.indexOf(name)
    if (index < 0) throw new Error(`the weather has no column ${name}: ${header}`)
    return index
  }
  const [date, rain, tmax, tmin] = [
    column('date'),
    column('precipitation'),
    column('temp_max'),
    column('temp_min'),
  ]
  return lines.map((line, i) => {
    const cells = line.split(',')
    const number = (index: number) => {
      const value = cells[index]?.trim() ? Number(cells[index]) : Number.NaN
      if (!Number.isFinite(value))
        throw new Error(`line ${i + 2}: ${names[index]} is no number: ${cells[index]}`)
      return value
    }
    return { date: cells[date] ?? '', rain: number(rain), tmin: number(tmin), tmax: number(tmax) }
  })
}

function monthlyMeans(days: readonly Weather[], ranges: readonly number[]): Map<string, number> {
  const byMonth = Map.groupBy(days.keys(), (i) => monthOf(days[i]))
  return new Map(
    Array.from(byMonth, ([month, of]) => [
      month,
      of.reduce((sum, i) => sum + (ranges[i] ?? 0), 0) / of.length,
    ]),
  )
}

const monthOf = (day: Weather | undefined) => (day?.date ?? '').slice(0, 7)

function dayOfYear(date: string): number {
  const day = 24 * 60 * 60 * 1000
  return (Date.parse(date) - Date.parse(`${date.slice(0, 4)}-01-01`)) / day + 1
}
