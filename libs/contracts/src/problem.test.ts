import { expect, test } from 'vitest'
import { badRequest, errorsOf } from './problem.ts'
import { RunRequest } from './run.ts'
import { Manifest } from './manifest.ts'

const faults = (input: unknown) => {
  const result = RunRequest.safeParse(input)
  return result.success ? [] : errorsOf(result.error, input)
}

test('every fault of a request is named at once, with its place, its value and what would be right', () => {
  const found = faults({
    kind: 'run',
    params: { ok: 1, 'not ok': 2, k: [1], inf: Infinity },
    resources: { cpus: 'two', memory: '256 megs' },
    timeout: '10 minutes',
    priority: 9,
    inputs: { '../etc': 'file:///etc/passwd', drivers: 'ftp://x' },
    modle: 'dalec',
  })
  expect(found.map((each) => each.path).toSorted()).toEqual(
    [
      'inputs.../etc',
      'inputs.drivers',
      'model',
      'modle',
      'params.inf',
      'params.k',
      'params.not ok',
      'priority',
      'resources.cpus',
      'resources.memory',
      'timeout',
    ].toSorted(),
  )
  expect(found.find((each) => each.path === 'timeout')).toEqual({
    path: 'timeout',
    value: '10 minutes',
    detail: 'a duration: a number and one of ms, s, m, h, d, for example 90s or 10m',
  })
  expect(found.find((each) => each.path === 'model')?.detail).toMatch(/missing/)
})

test('a request that is no object is told so', () => {
  for (const input of [null, 3, 'run', []]) expect(faults(input)).toHaveLength(1)
})

test('long values and long lists are cut, and it says so', () => {
  const labels = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`bad name ${i}`, 'x']))
  const answer = badRequest(faults({ kind: 'run', model: 'X'.repeat(10_000), labels }))
  expect(answer.errors).toHaveLength(100)
  expect(answer.detail).toContain('301 faults (the first 100 are listed)')
  expect(JSON.stringify(answer).length).toBeLessThan(50_000)
})

test("a manifest's parameters must differ by more than case, and defaults must fit their ranges", () => {
  const parsed = Manifest.safeParse({
    name: 'm',
    version: '1',
    image: 'm:1',
    parameters: {
      k: { type: 'number', default: 2, range: [0, 1], unit: 'd-1' },
      K: { type: 'integer', default: 1.5 },
    },
  })
  expect(parsed.success).toBe(false)
  expect(errorsOf(parsed.error!, {}).map((each) => [each.path, each.detail])).toEqual([
    ['parameters.k.default', 'a number from 0 to 1 d-1'],
    ['parameters.K', 'a name that differs from k by more than case: in the environment both are the same'],
    ['parameters.K.default', 'a whole number'],
  ])
})
