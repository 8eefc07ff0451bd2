/**
 * Rosenzweig and MacArthur's model in Fortran: a program that reads a namelist, writes columns of numbers, and knows
 * neither parameters nor metrics as Carya has them.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exampleStack, manifestOf, type ExampleStack, type Outcome } from '../../support/example-models.ts'

const stack = new AsyncDisposableStack()
let examples: ExampleStack
beforeAll(async () => {
  examples = stack.use(await exampleStack(['rosenzweig']))
})
afterAll(() => stack.disposeAsync())

const run = async (params = {}): Promise<Outcome> =>
  examples.ended(await examples.submit({ model: 'rosenzweig', params }))

type Row = [day: number, prey: number, predator: number]

async function rowsOf({ output }: Outcome): Promise<Row[]> {
  const lines = (await output('trajectory.txt')).trimEnd().split('\n')
  return lines
    .filter((line) => !line.startsWith('#'))
    .map((line): Row => {
      const [day = NaN, prey = NaN, predator = NaN] = line.trim().split(/\s+/).map(Number)
      return [day, prey, predator]
    })
}

/** Where both live on: Rosenzweig and MacArthur 1963, with the response of Holling 1959. */
function equilibrium({ r, k, a, h, e, m }: Record<string, number>) {
  const prey = m! / (a! * (e! - m! * h!))
  return { prey, predator: (r! / a!) * (1 - prey / k!) * (1 + a! * h! * prey) }
}

const traits = { r: 0.5, a: 0.1, h: 1, e: 0.5, m: 0.1 }
/** The richest environment in which the equilibrium is stable, 2 N* + 1/(a h): Rosenzweig 1971. */
const RICHEST_STABLE = 15

test('gives what its manifest says of its example: metrics of its own trajectory', async () => {
  const { test: example, metrics } = await manifestOf('rosenzweig')
  const outcome = await run()
  expect(outcome.view.state).toBe('succeeded')
  const found = outcome.view.metrics ?? {}
  expect(Object.keys(found).toSorted()).toEqual(Object.keys(metrics).toSorted())
  for (const [name, expected] of Object.entries(example?.metrics ?? {}))
    expect(Math.abs(found[name]! / expected - 1), name).toBeLessThan(1e-9)

  const rows = await rowsOf(outcome)
  expect(rows.map(([day]) => day)).toEqual(Array.from({ length: 401 }, (_, day) => day))
  const prey = rows.map((row) => row[1])
  expect(found['prey_final']).toBe(prey.at(-1))
  expect(found['prey_min']).toBe(Math.min(...prey))
  expect(found['prey_max']).toBe(Math.max(...prey))
  expect(found['prey_mean']).toBeCloseTo(prey.reduce((sum, each) => sum + each, 0) / prey.length, 12)
})

test('comes to rest where theory says while the environment is not too rich', async () => {
  const { view } = await run({ k: 10, days: 4000 })
  const { prey, predator } = equilibrium({ ...traits, k: 10 })
  expect(view.metrics?.['prey_final']).toBeCloseTo(prey, 9)
  expect(view.metrics?.['predator_final']).toBeCloseTo(predator, 9)
})

test.each([
  [0.9, 'a disturbance dies away'],
  [1.3, 'a disturbance grows to a cycle'],
])('at %f of the richest stable environment %s', async (share) => {
  const k = RICHEST_STABLE * share
  const { prey, predator } = equilibrium({ ...traits, k })
  const rows = await rowsOf(await run({ k, prey: prey * 1.001, predator, days: 3000 }))
  const swing = (from: number, to: number) => {
    const numbers = rows.slice(from, to).map((row) => row[1])
    return Math.max(...numbers) - Math.min(...numbers)
  }
  if (share < 1) expect(swing(2500, 3000)).toBeLessThan(swing(0, 60) / 10)
  else expect(swing(2500, 3000)).toBeGreaterThan(swing(0, 60) * 10)
})

test('without predators the prey follows the logistic curve', async () => {
  const [r, k, first] = [0.3, 20, 0.5]
  const rows = await rowsOf(await run({ r, k, prey: first, predator: 0, days: 60 }))
  // an error of a step of the fourth order is far below the nine decimals
  for (const [day, prey] of rows) expect(prey).toBeCloseTo(k / (1 + (k / first - 1) * Math.exp(-r * day)), 7)
})

test('texts and small numbers reach the namelist as they are', async () => {
  const title = "it's 5 o'clock / &run, isn't it"
  const outcome = await run({ title, m: 1e-3, days: 1 })
  expect(outcome.view.state).toBe('succeeded')
  const [header] = (await outcome.output('trajectory.txt')).split('\n', 1)
  expect(header).toBe(`# ${title}`)
})
