/** Workers, runs and pools to explain waiting by. */
import type { Failure } from '@carya/contracts'
import { waitingOf, type Host, type OutRun } from './placement.ts'
import type { RunRecord } from './record.ts'
import { sampleRun, START } from './sample.fixture.ts'
import type { Scene, WorkerFacts } from './scene.ts'
import { explain } from './why.ts'

export const GIB = 2 ** 30

/** A live one with 4 CPUs and 8 GiB. */
export const worker = (name: string, more: Partial<WorkerFacts> = {}): WorkerFacts => ({
  name,
  pool: 'default',
  state: 'live',
  size: { cpus: 4, memory: 8 * GIB },
  lastBeatAt: START,
  ...more,
})
export const out = (run: string, on: string, cpus: number): OutRun => ({
  run,
  on,
  cpus,
  memory: GIB,
  at: START,
})

/** One that asks 2 CPUs and 1 GiB. */
export const run = (n: number, more: Partial<RunRecord> = {}): RunRecord => {
  const id = `r01k000000000000000000000${String(n).padStart(2, '0')}`
  return sampleRun({ id, resources: { cpus: 2, memory: GIB }, ...more })
}

/** A pool with these workers and these runs in its lines. */
export function scene(workers: WorkerFacts[], waiting: RunRecord[] = [], more: Partial<Scene> = {}): Scene {
  const submitters = [...new Set(waiting.map((each) => each.submitter))]
  return {
    now: START,
    workers,
    hosts: workers
      .filter((each) => each.state === 'live' && each.pool === 'default')
      .map(({ name, size, policy }): Host => ({
        worker: name,
        size,
        room: size,
        heardAt: 0,
        freedAt: 0,
        policy,
      })),
    buffers: true,
    queued: [],
    running: [],
    shares: submitters.map((submitter) => ({
      submitter,
      virtual: 0,
      clock: 0,
      lines: [
        {
          name: '0',
          priority: 0,
          virtual: 0,
          head: waiting.filter((each) => each.submitter === submitter).map(waitingOf),
        },
      ],
    })),
    virtual: 0,
    turns: [],
    ...more,
  }
}

/** Classes and kinds of its reasons. */
export const told = (of: RunRecord, at: Scene) => explain(of, at).map((each) => `${each.class} ${each.kind}`)
/** An attempt that failed. */
export const failed = (kind: Failure['kind'], on = 'w1') => ({
  attempt: 1,
  nonce: '1111111111111111',
  queuedAt: START,
  worker: on,
  failure: { kind, detail: 'it broke' },
})
