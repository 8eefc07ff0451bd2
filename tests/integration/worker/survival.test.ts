/** Models outlive their worker; a worker that comes back finds them, and others' containers are none of its business. */
import { labels, newId, newNonce } from '@carya/contracts'
import { expect, test } from 'vitest'
import { watchStarts } from '../../support/engine-events.ts'
import { engine } from '../../support/engine.ts'
import { startService } from '../../support/service.ts'
import { install } from '../../support/stack.ts'
import { testImage } from '../../support/test-image.ts'
import { until } from '../../support/until.ts'
import { containersOf, isOnlyMade } from './containers-of.ts'
import { direct, grant, tokenOf } from './director.ts'

async function setUp(isGranting = true) {
  await using stack = new AsyncDisposableStack()
  const installation = stack.use(await install())
  const director = stack.use(await direct(installation, { isGranting }))
  director.welcome('w1')
  const starts = stack.use(await watchStarts(installation.name))
  const owned = stack.move()
  return { installation, director, starts, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

test('a worker killed while a model runs adopts it, follows it to its end, and the model ran once', async () => {
  await using setting = await setUp()
  const { director, installation, starts } = setting
  const first = await installation.worker('w1')
  const script = 'echo before; until [ -e go ]; do sleep 0.1; done; echo after; echo "{}" > metrics.json'
  const job = await director.offer(director.job(script))
  await director.report('started', job)
  await first.stop('SIGKILL')
  await installation.worker('w1')
  const { attempts } = await director.beat((beat) => beat.attempts.length > 0)
  expect(attempts).toEqual([expect.objectContaining({ ...tokenOf(job), phase: 'running' })])
  const [container = ''] = await containersOf(job.run)
  await exec(container, 'touch go')
  expect(await director.finished(job)).toMatchObject({
    outcome: 'succeeded',
    exitCode: 0,
    logTail: 'before\nafter\n',
    outputsTotal: 2,
  })
  expect(await starts.startsInAll(job.run)).toBe(1)
})

test('a model that ended while its worker was away is reported by the next one', async () => {
  await using setting = await setUp()
  const { director, installation } = setting
  const first = await installation.worker('w1')
  const job = await director.offer(director.job('until [ -e go ]; do sleep 0.1; done; exit 3'))
  await director.report('started', job)
  await first.stop('SIGTERM')
  const [container = ''] = await containersOf(job.run)
  await exec(container, 'touch go')
  await until(
    'the model has ended',
    async () => !(await engine().getContainer(container).inspect()).State.Running,
  )
  await installation.worker('w1')
  expect(await director.finished(job)).toMatchObject({ exitCode: 3, failure: { kind: 'model_error' } })
  await until('its container is gone', async () => (await containersOf(job.run)).length === 0)
})

test('a container that was made and never started is claimed again, and started only when granted', async () => {
  await using setting = await setUp(false)
  const { director, installation, starts } = setting
  const first = await installation.worker('w1')
  const [granted, refused] = [
    await director.offer(director.job('true')),
    await director.offer(director.job('true')),
  ]
  for (const { run } of [granted, refused]) await until('its container is made', () => isOnlyMade(run))
  await first.stop('SIGKILL')
  await installation.worker('w1')
  const { attempts } = await director.beat((beat) => beat.attempts.length === 2)
  expect(attempts.map(({ phase }) => phase)).toEqual(['claimed', 'claimed'])
  director.mode.isSettling = true
  await director.order('w1', grant(granted), { do: 'refused', ...tokenOf(refused), reason: 'gone' })
  expect((await director.finished(granted)).outcome).toBe('succeeded')
  expect([await starts.startsInAll(granted.run), await starts.startsInAll(refused.run)]).toEqual([1, 0])
})

test('a timeout counts from the start of the model, whoever is there to see it', async () => {
  await using setting = await setUp()
  const { director, installation } = setting
  const first = await installation.worker('w1')
  const job = await director.offer(director.job('sleep 1000', { timeout: 3 }))
  const { at } = await director.report('started', job)
  await first.stop('SIGKILL')
  await installation.worker('w1')
  const finished = await director.finished(job)
  expect(finished.failure).toEqual({ kind: 'timeout', detail: 'still running after 3 s' })
  expect(Date.parse(finished.finishedAt) - Date.parse(at)).toBeLessThan(20_000)
})

test('containers of other installations and other workers are left alone', async () => {
  await using setting = await setUp()
  const { director, installation } = setting
  const others: string[] = []
  for (const [name, worker] of [
    ['other', 'w1'],
    [installation.name, 'w2'],
  ] as const)
    for (const isRunning of [true, false]) {
      const container = await engine().createContainer({
        Image: await testImage(),
        Cmd: ['sleep 1000'],
        Labels: {
          'carya.test': 'neighbours',
          [labels.installation]: name,
          [labels.worker]: worker,
          [labels.run]: newId('r'),
          [labels.attempt]: '1',
          [labels.nonce]: newNonce(),
        },
        HostConfig: { NetworkMode: 'none' },
      })
      if (isRunning) await container.start()
      others.push(container.id)
    }
  try {
    await installation.worker('w1')
    const beat = await director.beat(() => true)
    expect(beat.attempts).toEqual([])
    const job = await director.offer(director.job('true'))
    await director.finished(job)
    await until('ours is gone', async () => (await containersOf(job.run)).length === 0)
    const states = await Promise.all(
      others.map(async (id) => (await engine().getContainer(id).inspect()).State.Status),
    )
    expect(states).toEqual(['running', 'created', 'running', 'created'])
  } finally {
    await Promise.all(others.map((id) => engine().getContainer(id).remove({ force: true })))
  }
})

test('[36] two installations on one engine run side by side, with workers of the same name', async () => {
  await using one = await setUp()
  await using other = await setUp()
  await Promise.all([one.installation.worker('w1'), other.installation.worker('w1')])
  const jobs = await Promise.all([
    one.director.offer(one.director.job('echo one')),
    other.director.offer(other.director.job('echo other')),
  ])
  expect((await one.director.finished(jobs[0])).logTail).toBe('one\n')
  expect((await other.director.finished(jobs[1])).logTail).toBe('other\n')
  for (const { run } of jobs)
    await until('its container is gone', async () => (await containersOf(run)).length === 0)
})

test('[15] a second worker of the same name waits, takes nothing, and goes on when the first has gone', async () => {
  await using setting = await setUp()
  const { director, installation } = setting
  const first = await installation.worker('w1')
  await using second = startService('worker', {
    CARYA_AMQP_URL: installation.amqpUrl('worker-w1'),
    CARYA_STORE: installation.store,
    CARYA_WORKER: 'w1',
    CARYA_INSTALLATION: installation.name,
  })
  await second.line(
    ({ msg }) => msg === 'another worker of this name is connected: waiting until it has gone',
  )
  const { session } = await director.beat(() => true)
  expect((await director.beat(() => true)).session).toBe(session)
  await first.stop()
  await second.line(({ msg }) => msg === 'worker is ready')
  const job = await director.offer(director.job('true'))
  expect((await director.finished(job)).outcome).toBe('succeeded')
})

async function exec(container: string, command: string): Promise<void> {
  const started = await engine()
    .getContainer(container)
    .exec({ Cmd: ['/bin/sh', '-c', command], AttachStdout: true })
  const stream = await started.start({})
  stream.resume()
  await new Promise((resolve) => stream.on('end', resolve))
}
