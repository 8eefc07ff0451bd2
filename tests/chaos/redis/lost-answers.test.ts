/** A commit is made and its answer is lost: its author takes it for made, and it is made once. */
import { describe, expect, test } from 'vitest'
import { lasting } from '../../support/scene.ts'
import { install } from '../../support/stack.ts'
import { openSubmitter } from '../../support/submitter.ts'
import { tripwire } from '../../support/tripwire.ts'
import { openOutage } from '../outage.ts'

/** How the answer to a commit begins (redis/commit.ts). */
const DONE = { toClient: /\$4\r\ndone\r\n/ }

describe.concurrent('an answer of Redis is lost', () => {
  test('[8] the answer to each commit of a run is cut off in turn: one run, one start, one result', async () => {
    const installation = await install()
    await using wire = await tripwire(installation.redisUrl)
    await using scene = await openOutage({ installation, dispatcher: { CARYA_REDIS_URL: wire.url } })
    // `started` is told when the model has run for a second, and must be told before its end
    await scene.model('brief', lasting(4), { lease: '60s' })
    const runs: string[] = []
    // accepted, fed, granted, started, ended
    for (let nth = 1; nth <= 5; nth += 1) {
      const [first = DONE, ...others] = Array.from({ length: nth }, () => DONE)
      const sprung = wire.hold(first, ...others)
      const submitting = scene.submit('brief')
      await sprung
      wire.mend()
      const [run = ''] = await submitting
      runs.push(run)
      await scene.are([run], 'has ended', ({ state }) => state === 'succeeded')
    }
    const views = await scene.ends(runs)
    expect(views.map(({ attempts }) => attempts.length)).toEqual(runs.map(() => 1))
  })

  test('[8, 13] in the middle of many: a request without a key or an id becomes one run', async () => {
    const installation = await install()
    await using wire = await tripwire(installation.redisUrl)
    await using scene = await openOutage({ installation, dispatcher: { CARYA_REDIS_URL: wire.url } })
    await scene.model('quick', lasting(0), { lease: '60s' })
    await installation.submitter('ann')
    await using ann = await openSubmitter(installation.amqpUrl('ann'))
    const runs: string[] = []
    for (const nth of [1, 3, 6]) {
      const [first = DONE, ...others] = Array.from({ length: nth }, () => DONE)
      const sprung = wire.hold(first, ...others)
      const asked = Array.from({ length: 6 }, () => ann.send({ kind: 'run', model: 'quick' }))
      await sprung
      wire.mend()
      const accepted = await Promise.all(asked.map((each) => each.answer('run.accepted')))
      runs.push(...accepted.map(({ body }) => String(body['id'])))
    }
    // the judge knows of no other run than these
    await scene.ends(runs)
    expect(new Set(runs).size).toBe(18)
  })
})
