/** Nobody starves behind an ensemble, at the size that is promised: tests/e2e/ensembles has less of each. */
import { expect, test } from 'vitest'
import { openCrowd, overtakers, sharesOf } from '../e2e/ensembles/crowd.ts'

const SLOTS = 4

test('a single run starts within two slot releases while 10,000 members of two seconds hold every slot, ten times', async () => {
  await using crowd = await openCrowd()
  const [ann, bob] = [await crowd.submitter('ann'), await crowd.submitter('bob')]
  const ensemble = await crowd.ensemble(ann, 10_000)
  await crowd.work(SLOTS)
  // of the ensemble's own submitter, and of another
  for (const from of Array.from({ length: 5 }, () => [ann, bob]).flat()) {
    await crowd.full(SLOTS)
    const run = await crowd.run(from)
    expect(await overtakers(crowd, ensemble, run)).toBeLessThanOrEqual(2)
  }
  await crowd.cancel(ensemble)
})

test('over any 200 starts two submitters of equal weight get 45 to 55 % each', async () => {
  await using crowd = await openCrowd()
  const [ann, bob] = [await crowd.submitter('ann'), await crowd.submitter('bob')]
  const ensembles = [await crowd.ensemble(ann, 10_000), await crowd.ensemble(bob, 10_000)] as const
  await crowd.work(SLOTS)
  const shares = await sharesOf(crowd, ensembles, { count: 240, window: 200 })
  expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.45)
  expect(Math.max(...shares)).toBeLessThanOrEqual(0.55)
  for (const id of ensembles) await crowd.cancel(id)
})
