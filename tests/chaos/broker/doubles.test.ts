/** Every message may come twice, and late ones before early ones: no run notices. */
import { describe, expect, test } from 'vitest'
import { lasting } from '../../support/scene.ts'
import { openSubmitter } from '../../support/submitter.ts'
import { openOutage } from '../outage.ts'
import { openShovel } from './shovel.ts'

const workers = ['w1', 'w2']

describe.concurrent('messages', () => {
  test('[6] are all delivered twice: 20 runs, each started once, with one result', async () => {
    await using scene = await openOutage({ workers, worker: { CARYA_WORKER_CPUS: '1' } })
    await scene.model('quick', lasting(0.2))
    await scene.installation.submitter('ann')
    await using ann = await openSubmitter(scene.installation.amqpUrl('ann'))
    await using shovel = await openShovel(scene.installation, 'twice', workers)
    const asked = Array.from({ length: 20 }, (_, i) =>
      ann.send({ kind: 'run', model: 'quick' }, { messageId: `request ${i}` }),
    )
    const accepted = await Promise.all(asked.map((each) => each.answer('run.accepted')))
    const runs = accepted.map(({ body }) => String(body['id']))
    expect(new Set(runs).size).toBe(20)
    await Promise.all(asked.map((each) => each.answer('run.succeeded')))
    await scene.ends(runs)
    // requests, jobs, claims, grants, ends and settlements at least
    expect(shovel.count()).toBeGreaterThan(6 * 20)
  })

  test('[31] come in the wrong order, reports, heartbeats and orders alike: each run has its one result', async () => {
    await using scene = await openOutage({ workers, worker: { CARYA_WORKER_CPUS: '1' } })
    await scene.model('quick', lasting(1.2), { lease: '10s' })
    await using shovel = await openShovel(scene.installation, 'last first', workers)
    const runs = await scene.submit('quick', 12)
    await scene.ends(runs)
    expect(shovel.count()).toBeGreaterThan(5 * 12)
  })
})
