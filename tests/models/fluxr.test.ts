/** The R model: its own settings and parameter files, rendered; PEcAn's way with models. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seattleDrivers, seattleWeather } from '../../models/dalec/drivers/seattle.ts'
import { exampleStack, manifestOf, type ExampleStack, type Outcome } from '../support/example-models.ts'

const stack = new AsyncDisposableStack()
let examples: ExampleStack
let seattle: string
beforeAll(async () => {
  examples = stack.use(await exampleStack(['fluxr']))
  seattle = await examples.upload(seattleDrivers(seattleWeather()))
})
afterAll(() => stack.disposeAsync())

const run = async (params = {}, weather = seattle): Promise<Outcome> =>
  examples.ended(await examples.submit({ model: 'fluxr', params, inputs: { weather } }))

type Day = { date: string; gpp: number; reco: number; nee: number }

async function daysOf({ output }: Outcome): Promise<Day[]> {
  const [header, ...lines] = (await output('fluxes.csv')).trimEnd().split('\n')
  expect(header).toBe('date,gpp,reco,nee')
  return lines.map((line) => {
    const [date = '', gpp, reco, nee] = line.split(',')
    return { date, gpp: Number(gpp), reco: Number(reco), nee: Number(nee) }
  })
}

test('four years at Seattle: every day, and the balance of a growing conifer forest', async () => {
  const outcome = await run()
  expect(outcome.view.state).toBe('succeeded')
  const { metrics = {} } = outcome.view
  expect(Object.keys(metrics)).toEqual(Object.keys((await manifestOf('fluxr')).metrics))
  const days = await daysOf(outcome)
  expect([days.length, days[0]?.date, days.at(-1)?.date]).toEqual([1461, '2012-01-01', '2015-12-31'])
  const yearly = (flux: 'gpp' | 'reco' | 'nee') =>
    (days.reduce((sum, day) => sum + day[flux], 0) / days.length) * 365.25
  for (const flux of ['gpp', 'reco', 'nee'] as const)
    expect(metrics[`${flux}_annual`]).toBeCloseTo(yearly(flux), 8)
  // old-growth Douglas-fir at Wind River, mean ± 2 standard deviations: Harmon et al. 2004, Ecosystems 7, 498–512
  expect(metrics['gpp_annual']).toBeGreaterThan(1444)
  expect(metrics['gpp_annual']).toBeLessThan(2368)
  expect(metrics['nee_annual']).toBeLessThan(-100)
  for (const day of days) expect(day.nee).toBeCloseTo(day.reco - day.gpp, 9)
})

test('respiration follows Lloyd and Taylor, photosynthesis ends with frost, dark and drought', async () => {
  const weather = [
    'date,tmin,tmax,radiation',
    '2020-01-01,10,10,20', // the reference: no swing, no dry air
    '2020-01-02,20,20,20',
    '2020-01-03,-9,-9,20', // too cold
    '2020-01-04,10,10,0', // dark
    '2020-01-05,5,48,20', // too dry
  ]
  const params = { light_use: 1, fpar: 0.5, r10: 2, e0: 308.56, t0: 227.13 }
  const days = await daysOf(await run(params, await examples.upload(weather.join('\n'))))
  const lloydTaylor = (celsius: number) =>
    2 * Math.exp(308.56 * (1 / (283.15 - 227.13) - 1 / (celsius + 273.15 - 227.13)))
  const reco = days.map((day) => day.reco)
  expect(reco[0]).toBeCloseTo(2, 12)
  expect(reco[1]).toBeCloseTo(lloydTaylor(20), 12)
  expect(reco[2]).toBeCloseTo(lloydTaylor(-9), 12)
  // a rate that rises ever faster is higher in a day that swings
  expect(reco[4]).toBeGreaterThan(lloydTaylor(26.5))
  const gpp = days.map((day) => day.gpp)
  expect(gpp[0]).toBeCloseTo(0.5 * 0.45 * 20, 12)
  expect(gpp.slice(2)).toEqual([0, 0, 0])
})

test('texts reach its XML as they are', async () => {
  const { view } = await run({ site: `Müller & Søn's <"forest">` })
  expect(view.state).toBe('succeeded')
  const { text } = await examples.call('GET', `/v1/runs/${view.id}/logs`)
  expect(text).toContain(`Müller & Søn's <"forest">: 1461 days, R version`)
})

test('weather that makes no sense fails the run, and is told', async () => {
  const { view } = await run({}, await examples.upload('date,tmin,tmax,radiation\n2020-01-01,9,4,3\n'))
  expect(view).toMatchObject({
    state: 'failed',
    failure: { kind: 'model_error' },
    attempts: [{ exitCode: 2 }],
  })
  expect(view.logTail).toContain('weather line 2: not finite, or tmin above tmax')
})
