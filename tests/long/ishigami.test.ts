/** Sobol' indices through the whole service at the size that is promised. */
import { expect, test } from 'vitest'
import { farthest, simulatedIndices } from '../integration/dispatcher/simulated-ishigami.ts'

test("at 4,096 base rows, 20,480 members, the Ishigami function's indices are found within 0.03", async () => {
  const { members, indices } = await simulatedIndices(4096, 1_200_000)
  expect(members).toMatchObject({ total: 20_480, succeeded: 20_480 })
  expect(farthest(indices)).toBeLessThan(0.03)
})
