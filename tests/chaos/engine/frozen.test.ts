/** An engine that answers nothing, a worker that does nothing, and what becomes of the models meanwhile. */
import { readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { attemptFolder } from '@carya/contracts'
import { expect, test } from 'vitest'
import { direct, tokenOf, type Director } from '../../integration/worker/director.ts'
import { watchStarts } from '../../support/engine-events.ts'
import { needEngine, startEngine } from '../../support/own-engine.ts'
import { install } from '../../support/stack.ts'
import { TEST_IMAGE, testImage } from '../../support/test-image.ts'
import { until } from '../../support/until.ts'

/** Waits for so many heartbeats, each of which lists an attempt. */
async function beats(director: Director, count: number, run: string): Promise<void> {
  for (let beat = 0; beat < count; beat += 1)
    await director.beat(({ attempts }) => attempts.some((each) => each.run === run))
}

test('an engine that does not answer keeps no heartbeat back, and a stop is carried out when it does', async (context) => {
  needEngine(context)
  await using engine = await startEngine()
  await testImage()
  await engine.load(TEST_IMAGE)
  await using installation = await install()
  await using director = await direct(installation)
  await using starts = await watchStarts(installation.name, engine.docker)
  const settings = { CARYA_DOCKER_SOCKET: engine.socket, CARYA_WORKER_CPUS: '4' }
  const worker = await installation.worker('w1', settings)
  const daemon = Number(await readFile(join(dirname(engine.socket), 'pid'), 'utf8'))
  const tidy = `trap 'sleep 1; echo tidy; exit 7' TERM; echo ready; while :; do sleep 0.1; done`
  const stopped = await director.offer(director.job(tidy, { lease: 2 }))
  await director.report('started', stopped)
  process.kill(daemon, 'SIGSTOP')
  const next = director.job('true', { lease: 2 })
  try {
    await director.offer(next)
    await director.report('claimed', next)
    await director.order('w1', { do: 'stop', ...tokenOf(stopped), reason: 'cancelled' })
    // every half second: for longer than the grace between TERM and KILL
    await beats(director, 30, stopped.run)
  } finally {
    process.kill(daemon, 'SIGCONT')
  }
  expect(await director.finished(stopped)).toMatchObject({
    outcome: 'stopped',
    exitCode: 7,
    logTail: 'ready\ntidy\n',
  })
  expect((await director.finished(next)).outcome).toBe('succeeded')
  for (const { run } of [stopped, next]) expect(await starts.startsInAll(run)).toBe(1)
  expect(worker.process.exitCode).toBeNull()
})

test('[22] a worker that is frozen does not stall a model that prints 60 MB', async () => {
  await using installation = await install()
  await using director = await direct(installation)
  await using starts = await watchStarts(installation.name)
  const worker = await installation.worker('w1', { CARYA_MAX_LOG: '128MiB' })
  const line = '0123456789'.repeat(99)
  const job = await director.offer(
    director.job(`echo first; sleep 1.5; yes ${line} | head -c 60000000; echo; echo the end; touch said`, {
      resources: { cpus: 2, memory: 64 * 2 ** 20 },
    }),
  )
  await director.report('started', job)
  const folder = join(installation.store, attemptFolder(job))
  worker.process.kill('SIGSTOP')
  try {
    await until('the model has said it all', () => stat(join(folder, 'outputs/said')).catch(() => false))
  } finally {
    worker.process.kill('SIGCONT')
  }
  const { outcome, logTail, notes } = await director.finished(job)
  expect([outcome, notes]).toEqual(['succeeded', undefined])
  expect(logTail.endsWith('\nthe end\n')).toBe(true)
  expect((await stat(join(folder, 'log.txt'))).size).toBe(60_000_000 + 'first\n\nthe end\n'.length)
  expect(await starts.startsInAll(job.run)).toBe(1)
})

test.each([
  ['runs on', 'until [ -e go ]; do sleep 0.1; done'],
  ['has ended', 'true'],
])(
  'a worker that was away while a model said more than is kept tells of the gap, where the model %s',
  async (_what, end) => {
    await using installation = await install()
    await using director = await direct(installation)
    await using starts = await watchStarts(installation.name)
    const settings = { CARYA_MAX_LOG: '256KiB' }
    const first = await installation.worker('w1', settings)
    const job = await director.offer(
      director.job(
        `echo the beginning; until [ -e on ]; do sleep 0.1; done; seq 1 400000; touch said; ${end}`,
      ),
    )
    const folder = join(installation.store, attemptFolder(job))
    const file = join(folder, 'log.txt')
    await until('the beginning is kept', async () => (await readFile(file, 'utf8').catch(() => '')) !== '')
    await first.stop('SIGKILL')
    await writeFile(join(folder, 'outputs/on'), '')
    await until('the model has said it all', () => stat(join(folder, 'outputs/said')).catch(() => false))
    await installation.worker('w1', settings)
    await writeFile(join(folder, 'outputs/go'), '')
    const { outcome, logTail, notes } = await director.finished(job)
    expect(outcome).toBe('succeeded')
    expect(logTail.endsWith('\n400000\n')).toBe(true)
    expect(notes?.join()).toContain('log.txt has a gap')
    expect(await readFile(file, 'utf8')).toMatch(
      /^the beginning\n\n\[carya: some is missing here, or comes twice\]\n/,
    )
    expect((await stat(file)).size).toBeLessThan(300 * 1024)
    expect(await starts.startsInAll(job.run)).toBe(1)
  },
)
