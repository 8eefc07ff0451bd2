/** A dispatcher that is away or frozen while all else goes on, and one of two that dies unnoticed. */
import { DISPATCHER_USER, workerUser, type Job } from '@carya/contracts'
import { expect, test } from 'vitest'
import { engine } from '../../support/engine.ts'
import { lasting } from '../../support/scene.ts'
import { finishedBody, simulateWorker } from '../../support/simulated-worker.ts'
import { tripwire } from '../../support/tripwire.ts'
import { until } from '../../support/until.ts'
import { containersOf } from '../../integration/worker/containers-of.ts'
import { openAsking } from '../asking.ts'
import { openOutage } from '../outage.ts'

const hasEnded = async (run: string): Promise<boolean> => {
  const [container = ''] = await containersOf(run)
  return !(await engine().getContainer(container).inspect()).State.Running
}

test('the dispatcher is down for three leases while models run and end: nothing is started again', async () => {
  await using scene = await openOutage()
  await scene.model('patient', undefined, { lease: '2s' })
  await scene.model('clock', lasting(8), { lease: '2s' })
  const [clock = ''] = await scene.submit('clock')
  const runs = await scene.submit('patient', 2)
  await scene.running([clock, ...runs])
  await scene.first.dispatcher.stop('SIGKILL')
  // it runs for longer than three leases from now
  await until('the model that lasts so long has ended', () => hasEnded(clock))
  await scene.dispatcher()
  await scene.release(runs)
  const views = await scene.ends([clock, ...runs])
  expect(views.map((view) => view.attempts.length)).toEqual([1, 1, 1])
})

test('of two dispatchers one dies, and nobody notices', async () => {
  await using scene = await openOutage()
  await scene.dispatcher()
  await using ann = await openAsking(scene.installation)
  await scene.model('brief', lasting(0.5))
  const runs = await Promise.all(Array.from({ length: 12 }, () => ann.ask('brief')))
  await runs[2]!.end()
  await scene.first.dispatcher.stop('SIGKILL')
  const later = await Promise.all(Array.from({ length: 4 }, () => ann.ask('brief')))
  for (const run of [...runs, ...later]) await run.end()
  await scene.ends([...runs, ...later].map(({ id }) => id))
})

test('[9] a dispatcher that is frozen while it feeds, and goes on later, feeds nothing that another has fed', async () => {
  await using scene = await openOutage({ workers: [], isReal: false })
  const { installation } = scene
  await installation.permitWorker('sim')
  await using worker = await simulateWorker(installation.amqpUrl(workerUser('sim')), 'sim', { cpus: 2 })
  await until(
    'the worker is heard',
    async () => (await scene.api('GET', '/v1/workers')).body.items.length === 1,
  )
  await scene.model('still', 'true', { resources: { cpus: 1 }, lease: '1m' })
  await scene.first.dispatcher.stop()
  await using redis = await tripwire(installation.redisUrl)
  // seconds until the broker gives what the frozen one has in hand to the other
  const amqp = `${installation.amqpUrl(DISPATCHER_USER)}?heartbeat=2`
  const frozen = await scene.dispatcher({ CARYA_REDIS_URL: redis.url, CARYA_AMQP_URL: amqp })
  const step = redis.hold({ toServer: /"exchange":"carya\.jobs"/ })
  const runs = await scene.submit('still', 8)
  await step
  frozen.process.kill('SIGSTOP')
  const other = await scene.dispatcher()
  worker.beat()
  // room for two and a buffer of one: so many jobs are out and no more
  await until('the other has fed', () => worker.jobs.length >= 2)
  redis.release()
  await until(
    'its commit has met what the other did',
    async () => (await installation.redis.ping()) === 'PONG',
  )
  frozen.process.kill('SIGCONT')
  const done = new Set<string>()
  while (done.size < runs.length) {
    const job: Job = await worker.job((each) => !done.has(each.run))
    expect(
      Object.keys(await installation.redis.hgetall('carya:pool:default:queued')).length,
    ).toBeLessThanOrEqual(3)
    done.add(job.run)
    worker.report('claimed', job)
    await worker.order((order) => order.do === 'granted' && order.run === job.run)
    const { attempt, nonce } = job
    worker.report('finished', job, finishedBody({ folder: `runs/${job.run}/${attempt}-${nonce}` }))
    await worker.order((order) => order.do === 'settled' && order.run === job.run)
    worker.beat()
  }
  expect(worker.jobs.map((job) => job.run).toSorted()).toEqual([...runs].toSorted())
  await scene.ends(runs)
  await other.stop()
})

test('[3] a requester that starts again, and asks with the same key, is told the end of the first run', async () => {
  await using scene = await openOutage()
  const { installation } = scene
  await scene.model('patient')
  const first = await openAsking(installation)
  const { id } = await first.ask('patient', { key: 'site-7' })
  await scene.running([id])
  await first[Symbol.asyncDispose]()
  await using again = await openAsking(installation)
  const run = await again.ask('patient', { key: 'site-7' })
  expect(run.id).toBe(id)
  await scene.release([id])
  await run.end()
  await scene.ends([id])
})
