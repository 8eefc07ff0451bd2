import { beforeAll, describe, expect, test } from 'vitest'
import { buildDalec, dalec } from './dalec.ts'

beforeAll(buildDalec)

const header = 'date,tmin,tmax,radiation,co2'

describe('bad drivers end with exit code 2 and are told', () => {
  test('line, column, value and what would be right, for each problem', async () => {
    const lines = [
      header,
      '2012-01-01,5,12.8,6.072,393.9',
      '2012-01-03,2.8,10.6,2.986,393.9',
      '2012-01-04,warm,11.7,-9999,',
      '2012-01-05,9,4,3,394',
      '2012-02-30,1,2,3,394',
      '2012-01-06,1,2,3',
      '2012-01-06,nan,0x10,3,39.4',
    ]
    const run = await dalec({}, lines.join('\r\n'))
    expect(run.code).toBe(2)
    expect(run.stderr.trimEnd().split('\n')).toEqual([
      'drivers line 3, column date: "2012-01-03" does not follow the line before; expected 2012-01-02',
      'drivers line 4, column tmin: "warm" is not a number; expected the lowest temperature in degrees C, from -80 to 60',
      'drivers line 4, column radiation: "-9999" is out of range; expected shortwave radiation in MJ m-2 d-1, from 0 to 50',
      'drivers line 4, column co2: "" is not a number; expected CO2 in ppm, from 220 to 5000',
      'drivers line 5, column tmin: "9" is above tmax, which is "4"; expected tmin <= tmax',
      'drivers line 6, column date: "2012-02-30" is no day of the calendar; expected YYYY-MM-DD',
      `drivers line 7: has 4 columns; expected 5: ${header}`,
      'drivers line 8, column tmin: "nan" is not a number; expected the lowest temperature in degrees C, from -80 to 60',
      'drivers line 8, column tmax: "0x10" is not a number; expected the highest temperature in degrees C, from -80 to 60',
      'drivers line 8, column co2: "39.4" is out of range; expected CO2 in ppm, from 220 to 5000',
      'drivers: more lines may be wrong; reading ended at line 8',
    ])
    expect(run.outputs).toEqual({})
  })

  test.each([
    [
      'another header',
      'date,precipitation\n2012-01-01,0\n',
      `line 1: "date,precipitation" is not the header`,
    ],
    ['an empty file', '', 'line 1: "" is not the header'],
    ['no days', `${header}\n`, 'no day follows the header'],
    ['control characters', `${header}\n2012-01-01,\x1b[31m1,2,3,400\n`, '"?[31m1" is not a number'],
    ['a line without end', `${header}\n${'x'.repeat(1_000_000)}`, 'line 2: "xxxx'],
  ])('%s', async (_, drivers, words) => {
    const run = await dalec({}, drivers)
    expect(run.code).toBe(2)
    expect(run.stderr).toContain(words)
    expect(run.stderr.length).toBeLessThan(1000)
  })
})

describe('bad parameters end with exit code 2 and are told', () => {
  test('missing, not a number, outside what the equations bear', async () => {
    const run = await dalec({ f_auto: undefined, f_root: 1.4, latitude: 'north' })
    expect(run.code).toBe(2)
    expect(run.stderr.trimEnd().split('\n')).toEqual([
      'parameter latitude is "north"; expected a number from -90 to 90 (degrees north)',
      'parameter f_auto is missing: CARYA_PARAM_F_AUTO is not set; expected a number from 0 to 1 (share of GPP)',
      'parameter f_root is "1.4"; expected a number from 0 to 1 (share of the NPP that foliage leaves)',
    ])
  })

  test('rates too fast for a daily step fail the run', async () => {
    const run = await dalec({ mineralisation_litter: 1, temperature_sensitivity: 0.5 })
    expect(run.code).toBe(1)
    expect(run.stderr).toContain('2012-01-01: litter or soil would lose more than it holds in a day')
  })
})
