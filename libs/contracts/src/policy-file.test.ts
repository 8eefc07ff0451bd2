import { expect, test } from 'vitest'
import { readPolicy } from './policy-file.ts'

const faults = (text: string) => {
  const read = readPolicy(text)
  return 'faults' in read ? read.faults.map(({ place, detail }) => `${place} ${detail}`) : []
}

test('a policy, and an empty one, which allows nothing', () => {
  const text =
    'models:\n  pond@1.0.0:\n    network: outbound\n  "lab-*": { writable: true }\nruntime: runsc\n'
  expect(readPolicy(text)).toEqual({
    policy: {
      models: { 'pond@1.0.0': { network: 'outbound' }, 'lab-*': { writable: true } },
      runtime: 'runsc',
    },
  })
  for (const empty of ['', '# nothing\n', '{}']) expect(readPolicy(empty)).toEqual({ policy: { models: {} } })
})

test('every fault is told where it stands', () => {
  const text = [
    'models:',
    '  pond:',
    '    network: all',
    '    privileged: true',
    '  Pond: {}',
    '  lake:',
    '    capabilities: [SYS_ADMIN]',
    '    writeable: true',
    '    runtimes: [a, b c]',
    'socket: /var/run/docker.sock',
    'runtimes: [x]',
  ]
  expect(faults(text.join('\n'))).toEqual([
    '3:5 models.pond.network: outbound, or nothing',
    '4:5 privileged: no policy can allow this (docs/security.md)',
    '5:3 models.Pond: a model: *, name, or name@version; * stands for any letters',
    expect.stringMatching(/^7:5 models\.lake\.capabilities: none: models have no capabilities/),
    '8:5 writeable: did you mean writable?',
    '9:19 models.lake.runtimes.1: the name of a runtime that the engine knows',
    '10:1 socket: no policy can allow this (docs/security.md)',
    '11:1 runtimes: did you mean runtime?',
  ])
})

test.each([
  ['models: [', /^1:/],
  ['models:\n  pond: {}\n  pond: {}\n', /^3:3 .*unique/],
  ['models: *none', /none/],
  ['- a', /^1:1 /],
  [
    'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c]',
    /./,
  ],
  [`x: ${'y'.repeat(70_000)}`, /^1:1 at most 65536/],
  [
    `models: {${Array.from({ length: 300 }, (_, i) => `model-number-${i}: { network: outbound }`).join()}}`,
    /^1:1 at most 8192/,
  ],
])('%.20s… is refused', (text, told) => {
  expect(faults(text)[0]).toMatch(told)
})
