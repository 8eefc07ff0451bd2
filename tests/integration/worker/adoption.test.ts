/** A worker that comes back to an engine that cannot answer all that it asks: one sick container stops no other. */
import { attemptFolder, type Job } from '@carya/contracts'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Proxy } from '../../support/proxy.ts'
import { watchStarts } from '../../support/engine-events.ts'
import { install } from '../../support/stack.ts'
import { until } from '../../support/until.ts'
import { containersOf, isOnlyMade } from './containers-of.ts'
import { direct, grant } from './director.ts'

const WAITS = 'until [ -e go ]; do sleep 0.1; done'
const LIST = '/containers/json?'
const SOCKET = process.env['CARYA_DOCKER_SOCKET'] ?? '/var/run/docker.sock'

/** The engine, asked something that it refuses instead of what is asked in these words. */
async function failing() {
  const instead = new Map<string, string>()
  const refused: string[] = []
  const proxy = await Proxy.to(`unix:${SOCKET}`, (chunk, direction) => {
    if (direction === 'toClient') return chunk
    const [asked, other] = [...instead].find(([each]) => chunk.includes(each)) ?? []
    if (asked === undefined || other === undefined) return chunk
    refused.push(asked)
    return Buffer.from(String(chunk).replace(asked, other))
  })
  return { instead, refused, path: proxy.path, [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]() }
}

test('a container that the engine cannot tell of is held, and followed to its end when it can; others are not held up', async () => {
  await using installation = await install()
  await using director = await direct(installation)
  await using starts = await watchStarts(installation.name)
  await using failures = await failing()
  const settings = { CARYA_WORKER_CPUS: '4', CARYA_DOCKER_SOCKET: failures.path }
  const release = (job: Job) => writeFile(join(installation.store, attemptFolder(job), 'outputs/go'), '')
  const first = await installation.worker('w1', settings)
  const [sick, well] = [await director.offer(director.job(WAITS)), await director.offer(director.job(WAITS))]
  for (const job of [sick, well]) await director.report('started', job)
  const [container = ''] = await containersOf(sick.run)
  await first.stop('SIGKILL')

  failures.instead.set(`/containers/${container}/json`, `/containers/${container}/top?ps_args=--nonsense`)
  failures.instead.set(LIST, `${LIST}limit=nonsense&`)
  const starting = installation.worker('w1', settings)
  await until(
    'it has asked twice what there is',
    () => failures.refused.filter((each) => each === LIST).length > 1,
  )
  failures.instead.delete(LIST)
  await starting
  const { attempts } = await director.beat((beat) => beat.attempts.length > 0)
  expect(new Set(attempts.map(({ run, phase }) => `${run} ${phase}`))).toEqual(
    new Set([`${sick.run} running`, `${well.run} running`]),
  )
  await release(well)
  expect((await director.finished(well)).outcome).toBe('succeeded')
  failures.instead.clear()
  await release(sick)
  expect((await director.finished(sick)).outcome).toBe('succeeded')
  for (const { run } of [sick, well]) expect(await starts.startsInAll(run)).toBe(1)
})

test('a container that the policy of now does not allow is not started, and its job declined', async () => {
  await using installation = await install()
  await using director = await direct(installation, { isGranting: false })
  const policy = join(installation.store, 'policy.yaml')
  await writeFile(policy, 'models:\n  "*": { network: outbound }\n')
  const settings = { CARYA_WORKER_CPUS: '4', CARYA_POLICY: policy }
  const first = await installation.worker('w1', settings)
  const asking: Partial<Job> = {
    setup: { isolation: { network: 'outbound' } },
    needs: ['setup', 'isolation'],
  }
  const job = await director.offer(director.job('true', asking))
  const usual = await director.offer(director.job('true'))
  for (const { run } of [job, usual]) await until('it is made', () => isOnlyMade(run))
  await first.stop('SIGKILL')
  await writeFile(policy, 'models: {}\n')
  await installation.worker('w1', settings)
  expect(await director.report('declined', job)).toMatchObject({
    reason: "this host's policy does not allow network: outbound",
  })
  await until('it is gone', async () => (await containersOf(job.run)).length === 0)
  await director.beat(({ attempts }) => attempts.length === 1 && attempts[0]?.run === usual.run)
  expect(await isOnlyMade(usual.run)).toBe(true)
})

test('one that was not started and that the engine cannot tell of is known by its inputs all the same, later', async () => {
  await using installation = await install()
  await using director = await direct(installation, { isGranting: false })
  await using failures = await failing()
  const drivers = join(installation.store, 'drivers.csv')
  await writeFile(drivers, 'day,gpp\n')
  const settings = { CARYA_DOCKER_SOCKET: failures.path, CARYA_FILE_ROOTS: installation.store }
  const first = await installation.worker('w1', settings)
  const inputs = { drivers: { url: `file://${drivers}` } }
  const job = await director.offer(director.job('cat /carya/inputs/drivers', { inputs }))
  await until('it is made', () => isOnlyMade(job.run))
  const [container = ''] = await containersOf(job.run)
  await first.stop('SIGKILL')
  failures.instead.set(`/containers/${container}/json`, `/containers/${container}/top?ps_args=--nonsense`)
  const second = await installation.worker('w1', settings)
  await second.line(({ msg }) => msg === 'worker is ready')
  expect(await readdir(join(installation.store, 'cache/w1/attempts'))).toHaveLength(1)
  failures.instead.clear()
  director.mode.isSettling = true
  await until('it has ended', async () => {
    await director.order('w1', grant(job))
    return director.about(job).find(({ kind }) => kind === 'finished')
  })
  expect(await director.finished(job)).toMatchObject({
    logTail: 'day,gpp\n',
    inputs: { drivers: { bytes: 8 } },
  })
})
