import { expect, test } from 'vitest'
import { Heartbeat } from './heartbeat.ts'
import { Policy, refusedBy, withinRuntimes } from './policy.ts'
import { IsolationAsked } from './setup.ts'

const policy = Policy.parse({
  models: {
    'pond@1.0.0': { network: 'outbound' },
    'lab-*': { writable: true, runtimes: ['kata'] },
    '*@2.*': { network: 'outbound', writable: true },
  },
  runtime: 'runsc',
})

test.each([
  ['pond@1.0.0', { network: 'outbound' }, []],
  ['pond@1.0.1', { network: 'outbound' }, ['network: outbound']],
  ['pond@1.0.0', { writable: ['/opt/x', '/var/y'] }, ['writable: /opt/x, /var/y']],
  ['lab-pond@7', { writable: ['/opt/x'], runtime: 'kata' }, []],
  ['lab@7', { writable: ['/opt/x'] }, ['writable: /opt/x']],
  ['lab-pond@2.1', { network: 'outbound', writable: ['/x'], runtime: 'kata' }, []],
  ['pond@2.1', { network: 'outbound', runtime: 'kata' }, ['runtime: kata']],
  ['other@1', { network: 'none', writable: [], runtime: 'runsc' }, []],
  ['other@1', {}, []],
])('%s asks %j, and is refused %j', (model, asked, refused) => {
  expect(refusedBy(policy, model, asked)).toEqual(refused)
})

test('without a policy nothing is allowed', () => {
  const asked = { network: 'outbound', writable: ['/x'], runtime: 'runc' }
  expect(refusedBy(undefined, 'pond@1', asked)).toEqual([
    'network: outbound',
    'writable: /x',
    'runtime: runc',
  ])
  expect(refusedBy({ models: {} }, 'pond@1', { network: 'outbound' })).toEqual(['network: outbound'])
})

test.each([
  ['*', 'a@1', true],
  ['a*b', 'ab@1', true],
  ['a*b', 'axxb@1', true],
  ['a*b', 'a@b', false],
  ['ab*b', 'ab@1', false],
  ['a*b*c', 'abbc@1', true],
  ['a*b*c', 'acb@1', false],
  ['a@*', 'a@1.0', true],
  ['a@*', 'ab@1.0', false],
])('the pattern %s of %s: %s', (pattern, model, fits) => {
  const refused = refusedBy({ models: { [pattern]: { network: 'outbound' } } }, model, {
    network: 'outbound',
  })
  expect(refused.length === 0).toBe(fits)
})

test('what a runtime is named that the engine lacks is not allowed', () => {
  const within = withinRuntimes(policy, ['runc', 'runsc'])
  expect(refusedBy(within, 'lab-pond@1', { runtime: 'kata' })).toEqual(['runtime: kata'])
  expect(refusedBy(within, 'lab-pond@1', { writable: ['/x'] })).toEqual([])
})

test('capabilities are refused with the reason, in manifests and policies', () => {
  for (const parsed of [
    IsolationAsked.safeParse({ capabilities: ['SYS_ADMIN'] }),
    Policy.safeParse({ models: { '*': { capabilities: ['SYS_NICE'] } } }),
  ])
    expect(parsed.error?.issues[0]?.message).toMatch(/^none: models have no capabilities/)
})

test('[H22] a heartbeat of a newer worker may know more words of a policy', () => {
  const told = { models: { '*': { network: 'inbound', gpus: 2 } }, more: true }
  expect(Heartbeat.shape.policy.parse(told)).toEqual(told)
})
