/** Debian's ngspice as a model: a hundred circuits, each held to what theory says of a resistor and a capacitor. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensemblesOf } from '../support/ensembles.ts'
import { exampleStack, folderOf, manifestOf, type ExampleStack } from '../support/example-models.ts'

const stack = new AsyncDisposableStack()
let examples: ExampleStack
beforeAll(async () => {
  examples = stack.use(await exampleStack(['ngspice']))
})
afterAll(() => stack.disposeAsync())

/** Of a step of 1 V, after so many seconds. */
const voltage = (t: number, { r, c }: { r: number; c: number }) => 1 - Math.exp(-t / (r * c))
/** The share of the amplitude that a low-pass of the first order lets pass at a frequency in Hz. */
const gain = (f: number, { r, c }: { r: number; c: number }) => 1 / Math.hypot(1, 2 * Math.PI * f * r * c)

const DURATION = 1e-3
const MEMBERS = 100

test('the image has nothing of ours, and the manifest nothing but ngspice', async () => {
  const { command } = await manifestOf('ngspice')
  expect(command?.[0]).toBe('ngspice')
  expect(await readFile(`${folderOf('ngspice')}/Dockerfile`, 'utf8')).not.toMatch(/^(COPY|ADD)/m)
})

test('a run: its own tables, and metrics that are taken from them', async () => {
  const circuit = { r: 1000, c: 1e-7 }
  const { view, output } = await examples.ended(await examples.submit({ model: 'rc', params: circuit }))
  expect(view.state).toBe('succeeded')
  const step = tableOf(await output('step.txt'))
  expect(step).toHaveLength(101)
  for (const [t = NaN, v = NaN] of step) expect(Math.abs(v - voltage(t, circuit))).toBeLessThan(1e-3)
  const gains = tableOf(await output('gain.txt'))
  expect(gains.map(([f]) => Math.round(f!))).toContain(1000)
  for (const [f = NaN, g = NaN] of gains) expect(Math.abs(g - gain(f, circuit))).toBeLessThan(1e-6)
  expect(view.metrics).toMatchObject({ v_end: step.at(-1)?.[1], gain_10khz: gains.at(-1)?.[1] })
})

test('a hundred circuits of a Latin hypercube', async () => {
  const ensembles = ensemblesOf(examples.call)
  const { parameters } = await manifestOf('ngspice')
  const vary = Object.fromEntries(
    Object.entries(parameters).map(([name, { range }]) => [name, { uniform: range }]),
  )
  const id = await ensembles.submit({
    kind: 'ensemble',
    model: 'rc',
    design: { kind: 'lhs', samples: MEMBERS, seed: 1, vary },
  })
  expect(await ensembles.ended(id, 180_000)).toMatchObject({ state: 'succeeded' })

  const rows = await ensembles.rows(id, 'results.csv')
  const circuits = rows.map((row) => ({ r: Number(row['r']), c: Number(row['c']) }))
  expect(circuits).toHaveLength(MEMBERS)
  for (const [at, row] of rows.entries()) {
    const circuit = circuits[at]!
    expect(Math.abs(Number(row['v_end']) - voltage(DURATION, circuit))).toBeLessThan(1e-3)
    expect(Math.abs(Number(row['gain_10khz']) - gain(10_000, circuit))).toBeLessThan(1e-6)
    // the mean of 1 − exp(−t/RC) over the time, but for what sums over steps miss
    const tau = circuit.r * circuit.c
    const mean = 1 - (tau / DURATION) * (1 - Math.exp(-DURATION / tau))
    expect(Math.abs(Number(row['v_mean']) - mean)).toBeLessThan(0.01)
  }

  // each member's table became one series: its quantiles are those of theory over the same circuits
  const quantiles = await ensembles.rows(id, 'quantiles.csv')
  const step = quantiles.filter((row) => row['output'] === 'step.txt' && row['variable'] === 'v_out')
  expect(step).toHaveLength(101)
  for (const row of step) {
    const theory = circuits.map((circuit) => voltage(Number(row['time']), circuit)).toSorted((a, b) => a - b)
    const median = (theory[MEMBERS / 2 - 1]! + theory[MEMBERS / 2]!) / 2
    expect(row['members']).toBe(String(MEMBERS))
    expect(Math.abs(Number(row['q50']) - median)).toBeLessThan(1e-3)
  }
  // R and C act only by their product
  const sensitivities = await ensembles.rows(id, 'sensitivity.csv')
  const ranks = sensitivities.filter((row) => row['metric'] === 'gain_10khz')
  expect(new Set(ranks.map((row) => row['parameter']))).toEqual(new Set(['r', 'c']))
  for (const { spearman } of ranks) expect(Number(spearman)).toBeLessThan(-0.4)
}, 240_000)

function tableOf(text: string): number[][] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
}
