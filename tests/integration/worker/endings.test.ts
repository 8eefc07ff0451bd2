/** How attempts end: each of the ways a model can fail, and each of the ways it can be ended. */
import type { Failure } from '@carya/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { watchStarts, type StartEvents } from '../../support/engine-events.ts'
import { install, type Installation } from '../../support/stack.ts'
import { until } from '../../support/until.ts'
import { containersOf, isOnlyMade } from './containers-of.ts'
import { direct, grant, settle, tokenOf, type Director } from './director.ts'

let installation: Installation
let director: Director
let starts: StartEvents

beforeAll(async () => {
  installation = await install()
  director = await direct(installation)
  director.welcome('w1')
  starts = await watchStarts(installation.name)
  await installation.worker('w1', { CARYA_WORKER_CPUS: '4', CARYA_MAX_FILE: '8MiB' })
})
afterAll(async () => {
  await starts[Symbol.asyncDispose]()
  await director[Symbol.asyncDispose]()
  await installation[Symbol.asyncDispose]()
})

async function fails(
  script: string,
  more: Parameters<Director['job']>[1] = {},
): Promise<[Failure | undefined, number | null]> {
  const job = await director.offer(director.job(script, more))
  const { outcome, failure, exitCode } = await director.finished(job)
  expect(outcome).toBe('failed')
  return [failure, exitCode]
}

describe('a model', () => {
  test('that exits 3 failed by its own fault, and what it left is kept', async () => {
    const job = await director.offer(
      director.job('echo bye; echo x > part.csv; echo "{\\"a\\": 1}" > metrics.json; exit 3'),
    )
    expect(await director.finished(job)).toMatchObject({
      outcome: 'failed',
      exitCode: 3,
      failure: { kind: 'model_error', detail: 'exit code 3' },
      metrics: { a: 1 },
      outputsTotal: 2,
      logTail: 'bye\n',
    })
  })

  test('whose command is not there failed by its own fault', async () => {
    expect(await fails('', { command: ['/no/such/program'] })).toMatchObject([{ kind: 'model_error' }, 127])
  })

  test('that needs more memory than it asked is told so', async () => {
    const [failure] = await fails('tail /dev/zero')
    expect(failure?.kind).toBe('out_of_memory')
  })

  test('whose child was killed for its memory and that goes on has not run out of it', async () => {
    const job = await director.offer(director.job('tail /dev/zero; exit 0'))
    expect(await director.finished(job)).toMatchObject({ outcome: 'succeeded', exitCode: 0, oomSeen: true })
    const failing = await director.offer(director.job('tail /dev/zero; exit 3'))
    expect(await director.finished(failing)).toMatchObject({
      exitCode: 3,
      failure: { kind: 'out_of_memory' },
      oomSeen: true,
    })
  })

  test('that is killed by nobody known is a fault of the host', async () => {
    expect(await fails('kill -KILL -1; kill -KILL $$')).toMatchObject([{ kind: 'engine_error' }, 137])
  })

  test('that fills /tmp or /dev/shm is told there is no space', async () => {
    const [failure] = await fails(
      'dd if=/dev/zero of=/tmp/x bs=1M 2>/dev/null && dd if=/dev/zero of=/dev/shm/x bs=1M 2>/dev/null; exit 5',
    )
    expect(failure).toEqual({ kind: 'model_error', detail: 'exit code 5' })
  })

  test('[25] that writes a larger file than allowed is ended', async () => {
    const [failure, exitCode] = await fails('exec dd if=/dev/zero of=big bs=1M count=100')
    expect(failure).toEqual({
      kind: 'output_error',
      detail: 'exit code 153, a file grew beyond the limit',
    })
    expect(exitCode).toBe(153)
  })

  test('that forks without end hits its limit, and the host goes on', async () => {
    const job = await director.offer(director.job('f() { f | f & }; f; wait; exit 0', { timeout: 5 }))
    expect((await director.finished(job)).outcome).toMatch(/succeeded|failed/)
    const next = await director.offer(director.job('true'))
    expect((await director.finished(next)).outcome).toBe('succeeded')
  })

  test('that ignores TERM at its timeout is killed after the grace', async () => {
    const [failure, exitCode] = await fails("trap '' TERM; echo ready; while true; do sleep 1; done", {
      timeout: 1,
    })
    expect(failure).toEqual({ kind: 'timeout', detail: 'still running after 1 s' })
    expect(exitCode).toBe(137)
  })

  test('that heeds TERM at its timeout may tidy up', async () => {
    const job = await director.offer(
      director.job("trap 'echo tidy; exit 0' TERM; sleep 100 & wait", { timeout: 1 }),
    )
    expect(await director.finished(job)).toMatchObject({
      failure: { kind: 'timeout' },
      exitCode: 0,
      logTail: 'tidy\n',
    })
  })

  test('whose metrics.json is broken has bad outputs', async () => {
    const [failure, exitCode] = await fails('echo "{" > metrics.json')
    expect(failure).toEqual({ kind: 'output_error', detail: 'metrics.json is not JSON' })
    expect(exitCode).toBe(0)
  })

  test('whose image is not on the host is a fault of the host', async () => {
    const digest = `sha256:${'1'.repeat(64)}`
    const job = await director.offer(director.job('', { image: { name: 'gone:1', digest, by: 'id' } }))
    expect(await director.finished(job)).toMatchObject({
      exitCode: null,
      failure: { kind: 'image_unavailable' },
    })
  })

  test('that is stopped by an order is stopped', async () => {
    const job = await director.offer(director.job('sleep 1000'))
    await director.report('started', job)
    await director.order('w1', { do: 'stop', ...tokenOf(job), reason: 'cancelled' })
    expect(await director.finished(job)).toMatchObject({ outcome: 'stopped', exitCode: 143 })
    await until('its container is gone', async () => (await containersOf(job.run)).length === 0)
  })
})

describe('a claim', () => {
  test('that is refused starts nothing, and leaves nothing', async () => {
    director.mode.isGranting = false
    const job = await director.offer(director.job('true'))
    await director.report('claimed', job)
    await until('its container is made', () => isOnlyMade(job.run))
    await director.order('w1', { do: 'refused', ...tokenOf(job), reason: 'cancelled' })
    expect(await starts.startsInAll(job.run)).toBe(0)
    expect(director.about(job).map(({ kind }) => kind)).toEqual(['claimed'])
    director.mode.isGranting = true
  })

  test('that nobody answers is repeated by heartbeats until it is granted', async () => {
    director.mode.isGranting = false
    const job = await director.offer(director.job('true', { lease: 4 }))
    const { attempts } = await director.beat((beat) => beat.attempts.some(({ run }) => run === job.run))
    expect(attempts.find(({ run }) => run === job.run)).toMatchObject({ phase: 'claimed', nonce: job.nonce })
    await until('its container is made, and not started', () => isOnlyMade(job.run))
    await director.order('w1', grant(job), grant(job))
    expect((await director.finished(job)).outcome).toBe('succeeded')
    expect(await starts.startsInAll(job.run)).toBe(1)
    director.mode.isGranting = true
  })

  test('of a job that comes twice runs the model once', async () => {
    const job = director.job('true')
    await Promise.all([director.offer(job), director.offer(job)])
    expect((await director.finished(job)).outcome).toBe('succeeded')
    expect(await starts.startsInAll(job.run)).toBe(1)
  })
})

test('a report is kept, with its container, and said again until it is settled', async () => {
  director.mode.isSettling = false
  const job = await director.offer(director.job('true', { lease: 4 }))
  await director.finished(job)
  const { attempts } = await director.beat((beat) => beat.attempts.some(({ run }) => run === job.run))
  expect(attempts.find(({ run }) => run === job.run)?.phase).toBe('finished')
  expect(await containersOf(job.run)).toHaveLength(1)
  const again = async () => {
    await director.order('w1', { do: 'keep', ...tokenOf(job) })
    return director.about(job).filter(({ kind }) => kind === 'finished').length > 1
  }
  await until('the report is said again', again)
  await director.order('w1', settle(job))
  await until('its container is gone', async () => (await containersOf(job.run)).length === 0)
  director.mode.isSettling = true
})

describe('a job', () => {
  test.each([
    ['asks for more than there is', { resources: { cpus: 64, memory: 1 } }, /^does not fit: 64 CPUs asked/],
    ['needs what this version does not know', { needs: ['gpu'] }, /does not know: gpu$/],
  ])('that %s is declined', async (_what, more, reason) => {
    const job = await director.offer(director.job('true', more))
    expect(await director.report('declined', job)).toMatchObject({ reason: expect.stringMatching(reason) })
    expect(await containersOf(job.run)).toEqual([])
  })

  test('that is not understood is declined too, as long as it says which attempt it is', async () => {
    const job = director.job('true')
    await director.offer({ ...job, timeout: 'long' })
    expect(await director.report('declined', job)).toMatchObject({ reason: 'not understood: timeout' })
  })
})
