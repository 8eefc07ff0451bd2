import { expect, test } from 'vitest'
import { accept } from './accept.ts'
import { model, START } from './sample.fixture.ts'
import { canonical, compare } from './submission.ts'

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
