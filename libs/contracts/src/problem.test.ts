import { expect, test } from 'vitest'
import { badRequest, errorsOf, fault } from './problem.ts'
import { RunRequest } from './run.ts'

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

test('memory that no engine gives is told so, whatever its unit', () => {
  const memory = (asked: string | number) =>
    faults({ kind: 'run', model: 'dalec', resources: { memory: asked } }).map(({ detail }) => detail)
  for (const little of [1, '6MB', '5.9MiB']) expect(memory(little)).toEqual([expect.stringMatching(/6MiB/)])
  for (const enough of ['6MiB', 6 * 2 ** 20]) expect(memory(enough)).toEqual([])
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

test('whatever stands where something else should is shown, in few words', () => {
  const deep: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))
  const values = [deep, Array(1_000_000).fill(1), { a: { b: [1, 'x'] } }, 'x'.repeat(199) + '\u{1F600}']
  const shown = values.map((value) => fault(['params', 'k'], { params: { k: value } }, '').value)
  expect(shown).toEqual([
    'a large list, of 1',
    'a large list, of 1000000',
    { a: { b: [1, 'x'] } },
    `${'x'.repeat(199)}\ufffd…`,
  ])
  expect(fault(['x'.repeat(10_000)], {}, '').path.length).toBeLessThan(600)
  expect(fault(['constructor'], {}, '').value).toBeUndefined()
})

test('a request has so many parameters, inputs and labels at most', () => {
  const many = (count: number, value: unknown) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, value]))
  const found = faults({
    kind: 'run',
    model: 'm',
    params: many(1001, 1),
    inputs: many(1001, 'file:///x'),
    labels: many(33, 'x'),
  })
  expect(found.map(({ path, value, detail }) => [path, value, detail])).toEqual([
    ['params', 'a large object, of 1001 fields', 'at most 1000 parameters'],
    ['inputs', 'a large object, of 1001 fields', 'at most 1000 inputs'],
    ['labels', expect.stringContaining('"k0":"x"'), 'at most 32 labels'],
  ])
})

test('a time or duration that is too far away is told what would be right', () => {
  const found = faults({ kind: 'run', model: 'm', deadline: '999999999d', after: '+012345-01-01T00:00:00Z' })
  expect(found).toEqual([
    { path: 'deadline', value: '999999999d', detail: 'a duration of at most 3650d: ten years' },
    {
      path: 'after',
      value: '+012345-01-01T00:00:00Z',
      detail: 'a time in UTC, for example 2030-01-31T18:00:00Z; the last is in the year 9999',
    },
  ])
})
