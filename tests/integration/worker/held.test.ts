/** What a worker tells of attempts that no record knows, so that their records can be made again (H3). */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { attemptFolder, type HeldReport, type Job } from '@carya/contracts'
import { expect, test } from 'vitest'
import { watchStarts } from '../../support/engine-events.ts'
import { install } from '../../support/stack.ts'
import { until } from '../../support/until.ts'
import { containersOf, isOnlyMade } from './containers-of.ts'
import { direct, grant, tokenOf, type Director } from './director.ts'

const WAITS = 'until [ -e go ]; do sleep 0.1; done'
const heldOf = (director: Director, job: Job): HeldReport[] =>
  director.about(job).flatMap((each) => (each.kind === 'held' ? [each] : []))

/** Asks with every answer, as the dispatcher does, until the worker has told. */
async function ask(director: Director, job: Job): Promise<HeldReport> {
  const before = heldOf(director, job).length
  await until('it is told', async () => {
    await director.order('w1', { do: 'keep', ...tokenOf(job), tell: true })
    return heldOf(director, job).length > before
  })
  return heldOf(director, job)[before]!
}

test('an attempt that no record knows is told with its job, now and then, and goes on', async () => {
  await using installation = await install()
  await using director = await direct(installation)
  await installation.worker('w1')
  const job = await director.offer(director.job(WAITS, { record: { priority: 2 } }))
  await director.report('started', job)
  const [container] = await containersOf(job.run)
  const held = await ask(director, job)
  expect(held).toMatchObject({ worker: 'w1', phase: 'running', container, job })
  expect(Date.parse(held.startedAt ?? '')).toBeGreaterThan(0)
  const orders = Array.from({ length: 20 }, () => ({ do: 'keep', ...tokenOf(job), tell: true }) as const)
  await director.order('w1', ...orders, { do: 'beat' })
  await director.beat(() => true)
  expect(heldOf(director, job).length).toBeLessThanOrEqual(2)
  await ask(director, job)
})

test('[37] one that was adopted is told with the job from its folder, or without one where that is gone', async () => {
  await using installation = await install()
  await using director = await direct(installation)
  await using starts = await watchStarts(installation.name)
  const first = await installation.worker('w1', { CARYA_WORKER_CPUS: '4' })
  const jobs = [await director.offer(director.job(WAITS)), await director.offer(director.job(WAITS))] as const
  for (const job of jobs) await director.report('started', job)
  await first.stop('SIGKILL')
  await rm(join(installation.store, attemptFolder(jobs[1]), 'job.json'))
  await installation.worker('w1', { CARYA_WORKER_CPUS: '4' })
  expect(await ask(director, jobs[0])).toMatchObject({ phase: 'running', job: jobs[0] })
  const bare = await ask(director, jobs[1])
  expect(bare.phase).toBe('running')
  expect(bare.job).toBeUndefined()
  for (const job of jobs) {
    await director.order('w1', { do: 'stop', ...tokenOf(job), reason: 'cancelled' })
    expect(await starts.startsInAll(job.run)).toBe(1)
  }
})

test('a claimed attempt that no record knows waits on for its grant', async () => {
  await using installation = await install()
  await using director = await direct(installation, { isGranting: false })
  await installation.worker('w1')
  const job = await director.offer(director.job('true'))
  await director.report('claimed', job)
  expect(await ask(director, job)).toMatchObject({ phase: 'claimed', job })
  await until('its container is made, and not started', () => isOnlyMade(job.run))
  director.mode.isSettling = true
  await director.order('w1', grant(job))
  expect((await director.finished(job)).outcome).toBe('succeeded')
})
