import { badRequest } from '@carya/contracts'
import { expect, test } from 'vitest'
import { accept } from './accept.ts'
import { model, START } from './sample.fixture.ts'
import { canonical, compare, withReply } from './submission.ts'

const asked = { id: 'r01k00000000000000000000000', submitter: 'ann', at: START }
const request = (more: object) => ({ kind: 'run' as const, model: 'dalec', ...more })

test('everything that could change later is pinned', () => {
  const run = accept(
    request({ params: { years: 4 }, inputs: { drivers: 'file:///d' }, priority: 2 }),
    model,
    asked,
  )
  expect(run).toMatchObject({
    model: 'dalec@1.0.0',
    image: { digest: model.image.digest },
    params: { lai: 2, years: 4, verbose: false, scheme: 'acm' },
    inputs: { drivers: { url: 'file:///d' } },
    resources: { cpus: 2, memory: 64 * 2 ** 20 },
    timeout: 300,
    retries: 1,
    priority: 2,
    pool: 'default',
    submitter: 'ann',
  })
})

test('every fault against the manifest is named at once', () => {
  const faulty = request({
    params: { lai: 99, yeras: 4, verbose: 'yes', scheme: 'farqhar' },
    inputs: { driver: 'file:///d' },
  })
  const answer = accept(faulty, model, asked)
  expect('errors' in answer && answer.errors.map((each) => `${each.path}: ${each.detail}`)).toEqual([
    "params.yeras: no such parameter: did you mean years? the model's are lai, years, verbose, scheme",
    'params.lai: a number from 0.1 to 10 m2 m-2',
    'params.years: missing: this parameter has no default',
    'params.verbose: true or false',
    'params.scheme: one of acm, farquhar',
    "inputs.driver: no such input: did you mean drivers? the model's are drivers, soil",
    'inputs.drivers: missing: the model needs this input',
  ])
})

test('of many names that the model does not have only the first are guessed at', () => {
  const params = Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`year${i}`, 1]))
  const answer = accept(request({ params, inputs: { drivers: 'file:///d' } }), model, asked)
  const errors = 'errors' in answer ? answer.errors : []
  expect(errors).toHaveLength(901)
  expect(errors.filter(({ detail }) => detail.includes('did you mean years?'))).toHaveLength(5)
  expect(badRequest(errors).detail).toMatch(/^901 faults \(the first 100 are listed\)/)
})

test('a request goes before the manifest in lease, deadline, memory and its growth, field by field', () => {
  const usual = { ...model.manifest, lease: '1m', deadline: '1d', retries: 2 }
  const manifest = { ...usual, resources: { memory: '1MiB', memoryGrowth: 2, memoryMost: '4MiB' } }
  const asks = { params: { years: 4 }, inputs: { drivers: 'file:///d' } }
  expect(accept(request(asks), { ...model, manifest }, asked)).toMatchObject({
    lease: 60,
    deadline: '2026-01-02T00:00:00.000Z',
    resources: { cpus: 1, memory: 2 ** 20, memoryGrowth: 2, memoryMost: 2 ** 22 },
    retries: 2,
  })
  const more = { lease: '5s', deadline: '1h', retries: 0, resources: { cpus: 3, memoryGrowth: 4 } }
  expect(accept(request({ ...asks, ...more }), { ...model, manifest }, asked)).toMatchObject({
    lease: 5,
    deadline: '2026-01-01T01:00:00.000Z',
    resources: { cpus: 3, memory: 2 ** 20, memoryGrowth: 4, memoryMost: 2 ** 22 },
    retries: 0,
  })
})

test('a run that is to start later waits until then; a time that has passed is no reason to wait', () => {
  const at = (after: string, more: object = {}) =>
    accept(request({ params: { years: 4 }, inputs: { drivers: 'file:///d' }, after, ...more }), model, asked)
  expect(at('2026-01-01T01:00:00Z')).toMatchObject({
    after: '2026-01-01T01:00:00.000Z',
    notBefore: '2026-01-01T01:00:00.000Z',
  })
  expect(at('2025-12-31T23:59:59Z')).not.toHaveProperty('notBefore')
  expect(at('2026-01-01T01:00:00Z', { deadline: '30m', resources: { memoryMost: '1MiB' } })).toMatchObject({
    errors: [{ path: 'resources.memoryMost' }, { path: 'after' }],
  })
})

test('names that every object has are no parameters', () => {
  const answer = accept(
    request({ params: { constructor: 1 }, inputs: { drivers: 'file:///d' } }),
    model,
    asked,
  )
  expect('errors' in answer && answer.errors.map((each) => each.path)).toContain('params.constructor')
})

test('a request is the same whatever the order of its fields', () => {
  const a = canonical(request({ params: { x: 1, y: 2 } }))
  const b = canonical({ params: { y: 2, x: 1 }, model: 'dalec', kind: 'run' })
  expect(a).toBe(b)
  expect(compare(undefined, a)).toBe('new')
  expect(compare({ run: 'r', body: a }, b)).toBe('same')
  expect(compare({ run: 'r', body: 'x' }, b)).toBe('another')
})

test('the latest who asked for a run are told of its end, each once', () => {
  const asks = Array.from({ length: 40 }, (_, i) => ({ to: 'reply.ann.1', correlationId: `c${i}` }))
  const all = asks.reduce(withReply, [{ to: 'reply.ann.1' }])
  expect(all).toEqual(asks.slice(-32))
  expect(withReply(all, { to: 'reply.ann.1', correlationId: 'c39' })).toEqual(all)
  expect(withReply(all, { to: 'reply.ann.1' })).toHaveLength(32)
})
