/** The second engine that stands for another host does what hosts do, and leaves nothing behind. */
import type { Container } from 'dockerode'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { beforeEach, expect, test } from 'vitest'
import { engine } from '../../support/engine.ts'
import { needEngine, startEngine, type OwnEngine } from '../../support/own-engine.ts'
import { TEST_IMAGE, testImage } from '../../support/test-image.ts'

beforeEach(needEngine)

async function setUp(options: { liveRestore?: boolean } = {}) {
  await using stack = new AsyncDisposableStack()
  const own = stack.use(await startEngine(options))
  const image = await testImage()
  await own.load(TEST_IMAGE)
  const container = await own.docker.createContainer({
    Image: image,
    Cmd: ['trap "exit 0" TERM; while :; do sleep 0.1; done'],
    HostConfig: { NetworkMode: 'none' },
  })
  await container.start()
  const owned = stack.move()
  return { own, container, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

const stateOf = async (container: Container) => (await container.inspect()).State

test('it has the shared engine’s images under the same ids, and containers that the shared one does not know', async () => {
  await using setting = await setUp()
  expect((await stateOf(setting.container)).Running).toBe(true)
  await expect(engine().getContainer(setting.container.id).inspect()).rejects.toThrow(/no such container/i)
})

test.for(['SIGTERM', 'SIGKILL'] as const)(
  'with live-restore its containers live through %s of the engine',
  async (signal) => {
    await using setting = await setUp({ liveRestore: true })
    const { own, container } = setting
    const { Pid } = await stateOf(container)
    await own.stop(signal)
    await expect(own.docker.ping()).rejects.toThrow()
    await own.start()
    expect(await stateOf(container)).toMatchObject({ Running: true, Pid })
  },
)

test('without live-restore they are stopped with it', async () => {
  await using setting = await setUp()
  await setting.own.stop('SIGTERM')
  await setting.own.start()
  expect(await stateOf(setting.container)).toMatchObject({ Running: false, ExitCode: 0 })
})

test('a host killed at once takes its containers along, and knows after its next boot that they did not end', async () => {
  await using setting = await setUp({ liveRestore: true })
  const { own, container } = setting
  const { Pid } = await stateOf(container)
  await own.killHost()
  await expect(readFile(`/proc/${Pid}/cmdline`, 'utf8').catch(() => '')).resolves.toBe('')
  await own.start()
  expect(await stateOf(container)).toMatchObject({ Running: false, ExitCode: 255 })
  await container.start()
  expect((await stateOf(container)).Running).toBe(true)
})

test.for(['running', 'stopped', 'killed'] as const)('nothing is left of one that was %s', async (last) => {
  const setting = await setUp({ liveRestore: true })
  const { own, container } = setting
  const { Pid } = await stateOf(container)
  if (last === 'stopped') await own.stop('SIGKILL')
  if (last === 'killed') await own.killHost()
  const before = await tracesOf(own)
  await setting[Symbol.asyncDispose]()
  expect(before).not.toEqual([])
  expect(await tracesOf(own)).toEqual([])
  expect(await readFile(`/proc/${Pid}/cmdline`, 'utf8').catch(() => '')).toBe('')
})

/** Where its folder's name still turns up: folder, mounts, processes, control groups. */
async function tracesOf({ socket }: OwnEngine): Promise<string[]> {
  const name = socket.split('/').at(-2)!
  const traces = (await readdir(tmpdir())).filter((each) => each === name)
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')
  traces.push(...mounts.filter((line) => line.includes(name)))
  for (const pid of (await readdir('/proc')).filter((each) => /^\d+$/.test(each))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (line.includes(name)) traces.push(line)
  }
  for (const line of mounts) {
    const [point, type] = [line.split(' ')[4] ?? '', line.split(' - ')[1]?.split(' ')[0]]
    if (type === 'cgroup' || type === 'cgroup2')
      traces.push(...(await readdir(point)).filter((each) => each === name))
  }
  return traces
}
