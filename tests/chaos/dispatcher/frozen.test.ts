/** A dispatcher that is frozen in the middle of its work, while another goes on. */
import { DISPATCHER_USER, workerUser, type Job } from '@carya/contracts'
import { expect, test } from 'vitest'
import { finishedBody, simulateWorker } from '../../support/simulated-worker.ts'
import { tripwire } from '../../support/tripwire.ts'
import { until } from '../../support/until.ts'
import { openOutage } from '../outage.ts'

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
  // the answer to its commit, which met what the other did
  await redis.hold({ toClient: /\$8\r\nconflict\r\n/ })
  redis.release()
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
