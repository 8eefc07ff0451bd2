/** Queues that are deleted, flooded, or not what they should be, under a service that runs. */
import {
  exchanges,
  newNonce,
  poolQueue,
  queueDeclarations,
  queues,
  workerQueue,
  workerUser,
} from '@carya/contracts'
import { describe, expect, test } from 'vitest'
import { openAmqpClient } from '../../support/amqp-client.ts'
import { engine } from '../../support/engine.ts'
import { lasting } from '../../support/scene.ts'
import { install } from '../../support/stack.ts'
import { openSubmitter } from '../../support/submitter.ts'
import { until } from '../../support/until.ts'
import { openOutage, type Outage } from '../outage.ts'

/** Waits until a queue is there and somebody reads it. */
const isRead = (scene: Outage, queue: string) =>
  until(`${queue} is read`, () =>
    scene.onBroker(async (channel) => (await channel.checkQueue(queue)).consumerCount > 0).catch(() => false),
  )

describe.concurrent('queues', () => {
  test('are deleted one after another while models run: each is made again, and no run notices', async () => {
    await using scene = await openOutage({ worker: { CARYA_WORKER_CPUS: '4' } })
    await scene.model('patient')
    await scene.model('quick', lasting(0))
    await scene.installation.submitter('ann')
    await using ann = await openSubmitter(scene.installation.amqpUrl('ann'))
    const runs = await scene.submit('patient', 2)
    await scene.running(runs)
    const later: string[] = []
    const ask = async () => {
      const accepted = await ann.send({ kind: 'run', model: 'quick' }).answer('run.accepted')
      later.push(String(accepted.body['id']))
    }
    for (const queue of [queues.requests, queues.reports, queues.heartbeats, queues.dead]) {
      await scene.onBroker((channel) => channel.deleteQueue(queue))
      await isRead(scene, queue)
      await ask()
    }
    // that a queue of jobs has gone shows when the next job comes back: then all of them are made again
    const ofJobs = [workerQueue('default', 'w1'), poolQueue('default')]
    for (const queue of ofJobs) await scene.onBroker((channel) => channel.deleteQueue(queue))
    await ask()
    for (const queue of ofJobs) await isRead(scene, queue)
    await scene.release(runs)
    const views = await scene.ends([...runs, ...later])
    expect(views.map((view) => view.attempts.length)).toEqual(views.map(() => 1))
  })

  test('[27] carya.reports is deleted between the confirm and the reading: the container was kept, its report comes again', async () => {
    await using scene = await openOutage()
    await scene.model('patient')
    const [run = ''] = await scene.submit('patient')
    await scene.running([run])
    // in good order, so that all it has read is acked: the next report there is that of the end
    await scene.first.dispatcher.stop()
    await scene.release([run])
    await until('the report is confirmed', () =>
      scene.onBroker(async (channel) => (await channel.checkQueue(queues.reports)).messageCount > 0),
    )
    await scene.onBroker((channel) => channel.deleteQueue(queues.reports))
    const label = [`carya.run=${run}`]
    const kept = await engine().listContainers({ all: true, filters: { label } })
    expect(kept.map(({ State }) => State)).toEqual(['exited'])
    await scene.dispatcher()
    await scene.ends([run])
  })

  test('[30] a hundred thousand heartbeats that came while nobody listened hold up nothing', async () => {
    await using scene = await openOutage()
    await scene.model('patient', undefined, { lease: '60s' })
    const [run = ''] = await scene.submit('patient')
    await scene.running([run])
    await scene.first.dispatcher.stop('SIGKILL')
    await scene.installation.permitWorker('ghost')
    await flood(scene.installation.amqpUrl(workerUser('ghost')), 100_000)
    const { messageCount } = await scene.onBroker((channel) => channel.checkQueue(queues.heartbeats))
    expect(messageCount).toBeLessThanOrEqual(10_001)
    await scene.dispatcher()
    const later = await scene.submit('patient')
    await scene.running(later)
    await scene.release([run, ...later])
    await scene.ends([run, ...later])
  })

  test('[51] that stand with other arguments than ours are told, and used as they are', async () => {
    const installation = await install()
    const others: string[] = [queues.reports, queues.heartbeats, queues.requests]
    {
      await using admin = await openAmqpClient(installation.adminUrl)
      for (const { name, arguments: args } of queueDeclarations.filter((each) => others.includes(each.name)))
        await admin.channel.assertQueue(name, { durable: true, arguments: { ...args, 'x-max-length': 5000 } })
    }
    await using scene = await openOutage({ installation })
    const told = scene.first.dispatcher.lines.filter(
      ({ msg }) => msg === 'exists with other arguments on the broker, left as it is',
    )
    expect(told.length).toBe(others.length)
    await scene.model('quick', lasting(0))
    await installation.submitter('ann')
    await using ann = await openSubmitter(installation.amqpUrl('ann'))
    const accepted = await ann.send({ kind: 'run', model: 'quick' }).answer('run.accepted')
    await scene.ends([String(accepted.body['id'])])
  })
})

/** Heartbeats of a worker that has nothing, as it would have sent them over days. */
async function flood(url: string, count: number): Promise<void> {
  await using client = await openAmqpClient(url)
  const { channel } = client
  const [session, size] = [newNonce(), { cpus: 1, memory: 2 ** 30 }]
  const at = new Date().toISOString()
  for (let beat = 1; beat <= count; beat += 1) {
    const body = {
      v: 1,
      worker: 'ghost',
      pool: 'default',
      session,
      beat,
      at,
      interval: 5,
      version: '0',
      seq: 0,
    }
    const more = { size, room: size, draining: false, attempts: [] }
    channel.publish(exchanges.heartbeats, '', Buffer.from(JSON.stringify({ ...body, ...more })), {
      userId: workerUser('ghost'),
    })
    if (beat % 1000 === 0) await channel.waitForConfirms()
  }
}
