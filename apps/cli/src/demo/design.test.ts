import { Design } from '@carya/contracts'
import { expect, test } from 'vitest'
import { demoDesign } from './design.ts'

test('the design is one that the contracts take: 24 members, three parameters', () => {
  const design = Design.parse(demoDesign())
  expect(design).toEqual({
    kind: 'lhs',
    samples: 24,
    seed: 7,
    vary: {
      c_foliage_initial: { uniform: [100, 700] },
      f_auto: { uniform: [0.42, 0.6] },
      f_foliage: { uniform: [0.1, 0.3] },
    },
  })
})
