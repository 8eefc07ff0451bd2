/** Redis put back under an ensemble: its cursor stands where it stood, and members that have ended come up again. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { ensemblesOf } from '../../support/ensembles.ts'
import { installOn } from '../../support/installation.ts'
import { ownRedis, type OwnRedis } from '../../support/own-servers.ts'
import { until } from '../../support/until.ts'
import { openOutage } from '../outage.ts'

let redis: OwnRedis
beforeAll(async () => {
  redis = await ownRedis()
})
afterAll(() => redis[Symbol.asyncDispose]())

const MEMBERS = 40

test('[46] Redis put back during an ensemble: members may run again, and each has one row and counts once', async () => {
  const servers = { amqpUrl: inject('amqpUrl'), managementUrl: inject('amqpManagementUrl') }
  await using scene = await openOutage({
    installation: await installOn({ ...servers, redisUrl: redis.redisUrl }),
    dispatcher: { CARYA_RECOVERY: '3s' },
    worker: { CARYA_WORKER_CPUS: '0.4' },
  })
  const ensembles = ensemblesOf((...request) => scene.api(...request))
  const parameters = { k: { type: 'number', range: [0, 1] } }
  const line = `sleep 0.2; echo "{\\"same\\": $CARYA_PARAM_K}" > metrics.json`
  // no lease runs out because the machine is busy
  await scene.model('brief', line, { parameters, metrics: { same: {} }, lease: '30s' })
  const design = { kind: 'lhs', samples: MEMBERS, seed: 46, vary: { k: { uniform: [0, 1] } } }
  const id = await ensembles.submit({ kind: 'ensemble', model: 'brief', design })
  const done = (count: number) =>
    until(`${count} have ended`, async () => (await ensembles.view(id)).members.succeeded >= count, 90_000)
  await done(8)
  const copy = await redis.copy()
  await done(24)
  // their rows are in the store by then: what is put back does not know of it
  await ensembles.file(id, 'results.csv')
  await redis.kill()
  await redis.putBack(copy)
  await redis.start()
  await until('it is recovered', async () => {
    const { status, text } = await scene.api('GET', '/v1/service')
    return status === 200 && JSON.parse(text).recovery?.until !== undefined
  })

  const end = await ensembles.ended(id, 180_000)
  expect(end).toMatchObject({ state: 'succeeded', members: { total: MEMBERS, succeeded: MEMBERS } })
  const rows = await ensembles.rows(id, 'results.csv')
  expect(rows.map((row) => [row['index'], row['state']])).toEqual(
    Array.from({ length: MEMBERS }, (_, index) => [String(index), 'succeeded']),
  )
  for (const row of rows) expect(Number(row['same'])).toBeCloseTo(Number(row['k']), 9)
  expect(await ensembles.summary(id)).toMatchObject({
    members: { total: MEMBERS, succeeded: MEMBERS, failed: 0, cancelled: 0 },
    metrics: [{ name: 'same', count: MEMBERS }],
  })
  const starts = rows.map((_, index) => scene.judge.starts(`${id}-${index}`))
  expect(Math.min(...starts)).toBeGreaterThanOrEqual(1)
  expect(Math.max(...starts)).toBeLessThanOrEqual(2)
  // the cursor was put back, or nothing was shown here
  expect(starts.filter((count) => count === 2).length).toBeGreaterThan(0)
})
