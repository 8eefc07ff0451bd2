/** Redis has forgotten: emptied, or put back to an older time, under real models. */
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { installOn } from '../../support/installation.ts'
import { ownRedis, type OwnRedis } from '../../support/own-servers.ts'
import { until } from '../../support/until.ts'
import { openAsking } from '../asking.ts'
import { openOutage, type Outage } from '../outage.ts'

let redis: OwnRedis
beforeAll(async () => {
  redis = await ownRedis()
})
afterAll(() => redis[Symbol.asyncDispose]())

const open = async () => {
  const servers = { amqpUrl: inject('amqpUrl'), managementUrl: inject('amqpManagementUrl') }
  return openOutage({
    installation: await installOn({ ...servers, redisUrl: redis.redisUrl }),
    dispatcher: { CARYA_RECOVERY: '3s' },
    worker: { CARYA_WORKER_CPUS: '2' },
  })
}
const recovered = (scene: Outage) =>
  until('it is recovered', async () => {
    const { status, text } = await scene.api('GET', '/v1/service')
    return status === 200 && JSON.parse(text).recovery?.until !== undefined
  })
const running = (scene: Outage, runs: string[]) =>
  scene.are(runs, 'is known to run', (run) => run.state === 'running' && run.attempts.length === 1)

test('[34] Redis emptied mid-run: the model runs on, is started once, and its result comes', async () => {
  await using scene = await open()
  await using ann = await openAsking(scene.installation)
  await scene.model('patient')
  const { id, end } = await ann.ask('patient', { key: 'k' })
  await scene.running([id])
  const direct = new Redis(redis.redisUrl)
  await direct.flushall()
  direct.disconnect()
  await running(scene, [id])
  await recovered(scene)
  await scene.release([id])
  expect((await end()).attempts).toHaveLength(1)
  // its container has gone, too
  await scene.ends([id])
})

test('[34] Redis emptied while the dispatcher is away, and its model ends meanwhile: the result counts', async () => {
  await using scene = await open()
  await using ann = await openAsking(scene.installation)
  await scene.model('patient')
  const [runs, ends] = [await ann.ask('patient'), await ann.ask('patient')]
  await scene.running([runs.id, ends.id])
  await scene.first.dispatcher.stop('SIGKILL')
  const direct = new Redis(redis.redisUrl)
  await direct.flushall()
  direct.disconnect()
  await scene.release([ends.id])
  await scene.dispatcher()
  await ends.end()
  await running(scene, [runs.id])
  await scene.release([runs.id])
  await runs.end()
  await scene.ends([runs.id, ends.id])
})

test('[35] Redis put back by a while: what runs goes on, what has ended does not run again', async () => {
  await using scene = await open()
  await scene.model('patient')
  const [long, short] = await scene.submit('patient', 2)
  await scene.running([long!, short!])
  const copy = await redis.copy()
  await scene.release([short!])
  await scene.are([short!], 'has ended', (run) => run.state === 'succeeded')
  const [late] = await scene.submit('patient', 1)
  await scene.running([late!])
  await redis.kill()
  await redis.putBack(copy)
  await redis.start()
  await recovered(scene)
  await scene.are([short!], 'is known to have ended', (run) => run.state === 'succeeded')
  await running(scene, [long!, late!])
  await scene.release([long!, late!])
  await scene.ends([long!, short!, late!])
})

test('[35] put back while nothing of ours runs: dispatcher and worker start anew over the older Redis', async () => {
  await using scene = await open()
  await scene.model('patient', undefined, { lease: '20s' })
  const [long, short] = await scene.submit('patient', 2)
  await scene.running([long!, short!])
  const copy = await redis.copy()
  await scene.release([short!])
  await scene.are([short!], 'has ended', (run) => run.state === 'succeeded')
  const [late] = await scene.submit('patient', 1)
  await scene.running([late!])
  await scene.first.dispatcher.stop()
  for (const worker of scene.first.workers) await worker.stop()
  await redis.kill()
  await redis.putBack(copy)
  await redis.start()
  await Promise.all([scene.dispatcher(), scene.installation.worker('w1', { CARYA_WORKER_CPUS: '2' })])
  await recovered(scene)
  await running(scene, [long!, late!])
  await scene.release([long!, late!])
  await scene.ends([long!, short!, late!])
})
