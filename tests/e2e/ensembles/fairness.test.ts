/** Nobody starves behind an ensemble, at a scale that every test run affords; `pnpm test:long` has the full one. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCrowd, overtakers, sharesOf, type Crowd } from './crowd.ts'

const SLOTS = 4
let crowd: Crowd
beforeAll(async () => {
  crowd = await openCrowd()
})
afterAll(() => crowd[Symbol.asyncDispose]())

test('over 60 starts two submitters of equal weight get 45 to 55 % each; then a single run starts within two slot releases', async () => {
  const [ann, bob] = [await crowd.submitter('ann'), await crowd.submitter('bob')]
  const ensembles = [await crowd.ensemble(ann, 500), await crowd.ensemble(bob, 500)] as const
  await crowd.work(SLOTS)
  const shares = await sharesOf(crowd, ensembles, { count: 60, window: 60 })
  expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.45)
  expect(Math.max(...shares)).toBeLessThanOrEqual(0.55)
  await crowd.cancel(ensembles[1])

  await crowd.full(SLOTS)
  const run = await crowd.run(ann)
  expect(await overtakers(crowd, ensembles[0], run)).toBeLessThanOrEqual(2)
  await crowd.cancel(ensembles[0])
})
