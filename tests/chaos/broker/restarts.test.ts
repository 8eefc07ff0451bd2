/** RabbitMQ goes away in every way, with a broker of this file's own. */
import { controlQueue } from '@carya/contracts'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { installOn } from '../../support/installation.ts'
import { ownRabbit, type OwnRabbit } from '../../support/own-servers.ts'
import { lasting } from '../../support/scene.ts'
import { until } from '../../support/until.ts'
import { openOutage } from '../outage.ts'

let rabbit: OwnRabbit
beforeAll(async () => {
  rabbit = await ownRabbit()
})
afterAll(() => rabbit[Symbol.asyncDispose]())

const open = async () =>
  openOutage({
    installation: await installOn({ ...rabbit, redisUrl: inject('redisUrl') }),
    worker: { CARYA_WORKER_CPUS: '1' },
  })

test('RabbitMQ is stopped and started during runs: each runs once and gives its result', async () => {
  await using scene = await open()
  await scene.model('patient', undefined, { lease: '20s' })
  const runs = await scene.submit('patient', 3)
  await scene.running(runs)
  await rabbit.stop()
  await rabbit.start()
  const later = await scene.submit('patient', 2)
  await scene.running(later)
  await scene.release([...runs, ...later])
  await scene.ends([...runs, ...later])
})

test('RabbitMQ is killed while requests, jobs and reports are on their way: none is lost, none doubled', async () => {
  await using scene = await open()
  await scene.model('quick', lasting(0.2), { lease: '20s' })
  const runs = await scene.submit('quick', 12)
  await until('some have ended', async () => (await scene.view(runs[2]!)).state === 'succeeded')
  await rabbit.kill()
  const meanwhile = await scene.submit('quick', 3)
  await rabbit.start()
  await scene.ends([...runs, ...meanwhile])
})

test('RabbitMQ is away for three leases while models run and end: nothing is started again', async () => {
  await using scene = await open()
  await scene.model('patient', undefined, { lease: '5s' })
  const runs = await scene.submit('patient', 4)
  await scene.running(runs)
  const [first, second] = [runs.slice(0, 2), runs.slice(2)]
  await rabbit.stop()
  const since = performance.now()
  await scene.release(first)
  await until('three leases have passed', () => performance.now() - since > 15_000)
  for (const run of runs) expect((await scene.view(run)).state).toBe('running')
  await rabbit.start()
  await scene.release(second)
  const views = await scene.ends(runs)
  expect(views.map((view) => view.attempts.length)).toEqual([1, 1, 1, 1])
})

test('[13] RabbitMQ is short of memory while runs are claimed, run and end: all goes on when it has some', async () => {
  await using scene = await open()
  await scene.model('patient', undefined, { lease: '5s' })
  const runs = await scene.submit('patient', 3)
  await scene.running(runs)
  await rabbit.ctl('set_vm_memory_high_watermark', '0.00001')
  await until('the dispatcher is blocked', async () => (await scene.api('GET', '/readyz')).status === 503)
  const since = performance.now()
  // accepted meanwhile, and their jobs wait in the outbox
  const meanwhile = await scene.submit('patient', 2)
  await scene.release(runs)
  await until('three leases have passed', () => performance.now() - since > 15_000)
  await rabbit.ctl('set_vm_memory_high_watermark', '0.6')
  await scene.running(meanwhile)
  await scene.release(meanwhile)
  const views = await scene.ends([...runs, ...meanwhile])
  expect(views.map((view) => view.attempts.length)).toEqual([1, 1, 1, 1, 1])
})

test('the queue of orders is deleted under its worker: it is made again, and a cancel reaches the model', async () => {
  await using scene = await open()
  await scene.model('endless', 'trap "exit 0" TERM; while true; do sleep 0.1; done')
  const runs = await scene.submit('endless')
  await scene.running(runs)
  await rabbit.ctl('delete_queue', '-p', scene.installation.name, controlQueue('w1'))
  for (const run of runs) expect((await scene.api('POST', `/v1/runs/${run}/cancel`)).status).toBe(202)
  await scene.ends(runs, { state: 'cancelled', starts: 1 })
})
