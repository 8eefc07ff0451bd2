/** Redis' disk is full: a Redis that writes every commit to disk ends itself rather than acknowledge what it cannot keep. */
import { workerUser } from '@carya/contracts'
import { randomBytes } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import { execIn, TEST_LABEL } from '../../support/containers.ts'
import { engine } from '../../support/engine.ts'
import { installOn } from '../../support/installation.ts'
import { ownRedis } from '../../support/own-servers.ts'
import { simulateWorker } from '../../support/simulated-worker.ts'
import { testImage } from '../../support/test-image.ts'
import { until } from '../../support/until.ts'
import { openOutage } from '../outage.ts'

/** A disk of 6 MiB, of which 4 are taken until `makeRoom`: a volume in memory, kept by a container that sleeps. */
async function smallDisk() {
  await using stack = new AsyncDisposableStack()
  const docker = engine()
  const name = `carya-test-${randomBytes(6).toString('hex')}`
  const DriverOpts = { type: 'tmpfs', device: 'tmpfs', o: 'size=6m,mode=1777' }
  await docker.createVolume({ Name: name, Driver: 'local', DriverOpts, Labels: TEST_LABEL })
  stack.defer(async () => void (await docker.getVolume(name).remove({ force: true })))
  const keeper = await docker.createContainer({
    Image: await testImage(),
    Cmd: ['dd if=/dev/zero of=/disk/ballast bs=1M count=4 && sleep 1000'],
    Labels: TEST_LABEL,
    HostConfig: { NetworkMode: 'none', Init: true, Binds: [`${name}:/disk`] },
  })
  stack.defer(async () => void (await keeper.remove({ force: true })))
  await keeper.start()
  const owned = stack.move()
  return {
    name,
    makeRoom: () => execIn(keeper.id, ['rm', '/disk/ballast']),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

test('[48] Redis ends on a full disk, and is started with room: nothing acknowledged is lost', async () => {
  await using disk = await smallDisk()
  await using redis = await ownRedis({ data: disk.name })
  const [amqpUrl, managementUrl] = [inject('amqpUrl'), inject('amqpManagementUrl')]
  const installation = await installOn({ amqpUrl, managementUrl, redisUrl: redis.redisUrl })
  await using scene = await openOutage({ installation, isReal: false })
  await installation.permitWorker('sim')
  await using worker = await simulateWorker(installation.amqpUrl(workerUser('sim')), 'sim', { auto: true })
  void worker
  await until(
    'the worker is known',
    async () => (await scene.api('GET', '/v1/workers')).body.items.length > 0,
  )
  await scene.model('still', 'true', { parameters: { text: { type: 'string', default: '' } }, lease: '60s' })
  // with a key each: what was under way when Redis ended is asked again
  const ask = async (n: number) => {
    const request = { kind: 'run', model: 'still', key: `run ${n}`, params: { text: 'x'.repeat(4000) } }
    return scene.api('POST', '/v1/runs', request)
  }
  const acknowledged: string[] = []
  const ended = redis.ended()
  for (;;) {
    const { status, body, text } = await ask(acknowledged.length)
    if (status >= 500) break
    expect(status, text).toBe(201)
    acknowledged.push(body.id)
  }
  expect(await ended).not.toBe(0)
  await disk.makeRoom()
  await redis.start()
  await until('work is taken again', async () => (await scene.api('GET', '/readyz')).status === 200)
  const runs: string[] = []
  for (let n = 0; n <= acknowledged.length; n += 1) runs.push((await ask(n)).body.id)
  expect(runs.slice(0, -1)).toEqual(acknowledged)
  expect(runs.length).toBeGreaterThan(20)
  await scene.ends(runs)
})
