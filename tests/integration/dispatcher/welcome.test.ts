import { poolQueue, workerQueue, workerUser } from '@carya/contracts'
import { test } from 'vitest'
import { simulateWorker } from '../../support/simulated-worker.ts'
import { install } from '../../support/stack.ts'
import { until } from '../../support/until.ts'

test('a worker that another dispatcher has heard, and died before it made its queues, gets them', async () => {
  await using installation = await install()
  await installation.dispatcher()
  const [worker, session] = ['sim', 'one']
  const size = { cpus: 1, memory: 2 ** 30 }
  const beat = { v: 1, worker, pool: 'default', session, beat: 0, size, room: size, attempts: [] }
  await installation.redis.hset('carya:worker:sim', 'beat', JSON.stringify(beat), 'lastBeat', Date.now())
  await installation.permitWorker(worker)
  await using _ = await simulateWorker(installation.amqpUrl(workerUser(worker)), worker, { session })
  const wanted = [poolQueue('default'), workerQueue('default', worker)]
  await until('its queues are there', async () => {
    const names = (await installation.broker.queues(installation.name)).map((each) => each.name)
    return wanted.every((name) => names.includes(name))
  })
})
