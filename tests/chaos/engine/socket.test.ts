/** A worker in a container, which is given the engine's socket itself, when the engine is restarted and makes a new one. */
import { open } from 'node:fs/promises'
import { beforeEach, expect, test } from 'vitest'
import { direct, tokenOf } from '../../integration/worker/director.ts'
import { watchStarts } from '../../support/engine-events.ts'
import { needEngine, startEngine } from '../../support/own-engine.ts'
import { install } from '../../support/stack.ts'
import { TEST_IMAGE, testImage } from '../../support/test-image.ts'
import { until } from '../../support/until.ts'

beforeEach(needEngine)

const O_PATH = 0o10000000

/** A path that leads to the socket as a container's does: to the same one for ever, even when it has been removed. */
async function mounted(socket: string) {
  const handle = await open(socket, O_PATH)
  return { path: `/proc/${process.pid}/fd/${handle.fd}`, [Symbol.asyncDispose]: () => handle.close() }
}

test('a worker whose engine has another socket since its restart leaves, to be started again with that one', async () => {
  await using engine = await startEngine({ liveRestore: true })
  await testImage()
  await engine.load(TEST_IMAGE)
  await using installation = await install()
  await using director = await direct(installation)
  await using before = await mounted(engine.socket)
  const first = await installation.worker('w1', { CARYA_DOCKER_SOCKET: before.path })
  const job = await director.offer(director.job('sleep 1000'))
  await director.report('started', job)
  await engine.stop('SIGTERM')
  await engine.start()
  await using starts = await watchStarts(installation.name, engine.docker)
  await until('the worker has left', () => first.process.exitCode !== null, 60_000)
  expect(first.process.exitCode).toBe(1)
  expect(first.lines.at(-1)).toMatchObject({ reason: 'the engine was restarted, and has another socket' })
  await using after = await mounted(engine.socket)
  await installation.worker('w1', { CARYA_DOCKER_SOCKET: after.path })
  await director.order('w1', { do: 'stop', ...tokenOf(job), reason: 'enough' })
  expect((await director.finished(job)).outcome).toBe('stopped')
  expect(await starts.startsInAll(job.run)).toBe(0)
})

test('a container that ends by itself, with the old socket, is started again with the new one', async () => {
  await using engine = await startEngine({ liveRestore: true })
  const image = await testImage()
  await engine.load(TEST_IMAGE)
  // says how many names its socket has, again and again, and ends where it has none
  const script =
    'n=$(stat -c %h /s); echo $n; while [ $n = 1 ]; do sleep 0.1; n=$(stat -c %h /s); done; exit 1'
  const container = await engine.docker.createContainer({
    Image: image,
    Cmd: [script],
    HostConfig: {
      NetworkMode: 'none',
      Binds: [`${engine.socket}:/s`],
      RestartPolicy: { Name: 'unless-stopped' },
    },
  })
  await container.start()
  for (const [index, signal] of (['SIGTERM', 'SIGKILL'] as const).entries()) {
    await engine.stop(signal)
    await engine.start()
    await until('it has the new socket', async () => {
      const said = String(await container.logs({ stdout: true, tail: 100 }))
      return said.match(/1\n/g)?.length === index + 2
    })
  }
  expect((await container.inspect()).State.Running).toBe(true)
})
