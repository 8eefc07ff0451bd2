/** What an explanation is given to look at, and the words it is made of. */
import type { PolicyTold, Reason, WorkerView } from '@carya/contracts'
import { less, type Cost } from './depth.ts'
import type { Share } from './fair-share.ts'
import type { Host, OutRun } from './placement.ts'
import type { RunRecord } from './record.ts'

export type WorkerFacts = Pick<WorkerView, 'name' | 'pool' | 'state' | 'reason' | 'size' | 'lastBeatAt'> & {
  policy?: PolicyTold | undefined
}

/** All that the feed looks at when it chooses, and what else may hold up a run. */
export type Scene = {
  /** RFC 3339 in UTC */
  now: string
  /** of all pools */
  workers: readonly WorkerFacts[]
  /** the pool's live workers, as the feed sees them */
  hosts: readonly Host[]
  /** whether the feed uses the buffer now */
  buffers: boolean
  queued: readonly OutRun[]
  running: readonly OutRun[]
  shares: readonly Share[]
  virtual: number
  turns: readonly string[]
  /** runs of its own line before it */
  ahead?: number | undefined
  /** why no new requests are taken */
  full?: string | undefined
  /** since when Redis is being reconciled */
  recovering?: string | undefined
  /** the broker's state, where it is not up */
  broker?: string | undefined
  /** what its worker does for it before its model starts */
  preparing?: string | undefined
}

const SHOWN = 5

export function reason(
  of: Reason['class'],
  kind: string,
  detail: string,
  more: Pick<Reason, 'until' | 'hint'> = {},
): Reason {
  return { class: of, kind, detail, ...more }
}

/** The workers of the run's pool, whatever their state. */
export function thoseOf(
  { pool }: Pick<RunRecord, 'pool'>,
  { workers }: Pick<Scene, 'workers'>,
): WorkerFacts[] {
  return workers.filter((worker) => worker.pool === pool)
}

/** `2 CPUs and 1.5 GiB`, or `2 CPUs, 1.5 GiB and 20 GiB of disk`. */
export function asked({ cpus, memory, disk }: Cost): string {
  const processors = `${round(cpus)} ${cpus === 1 ? 'CPU' : 'CPUs'}`
  if (disk === undefined) return `${processors} and ${sized(memory)}`
  return `${processors}, ${sized(memory)} and ${sized(disk)} of disk`
}

function sized(bytes: number): string {
  const gib = bytes / 2 ** 30
  return gib >= 1 ? `${round(gib)} GiB` : `${round(bytes / 2 ** 20)} MiB`
}

function least({ cpus, memory, disk }: Cost): Cost {
  return {
    cpus: Math.max(0, cpus),
    memory: Math.max(0, memory),
    disk: disk === undefined ? undefined : Math.max(0, disk),
  }
}

/** What takes a worker's room, by name. */
export function whatRuns(worker: string, { hosts, running, queued }: Scene): string {
  const here = [...running, ...queued].filter((run) => run.on === worker)
  const size = hosts.find((host) => host.worker === worker)?.size
  if (here.length === 0) return `Nothing runs on ${worker}.`
  const runs = listed(here.map((each) => each.run))
  const free = size && here.reduce(less, size)
  return `On ${worker}${free ? ` ${asked(least(free))} are free` : ''}: there ${here.length === 1 ? 'is' : 'are'} ${runs}.`
}

/** A few names, and how many more there are. */
export function listed(names: readonly string[]): string {
  const more = names.length - SHOWN
  return more > 0 ? `${names.slice(0, SHOWN).join(', ')} and ${more} more` : names.join(', ')
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
