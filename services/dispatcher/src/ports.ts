/** What the dispatcher needs from the world, on one page, in its own words (of ensembles: ensemble-ports.ts). No broker or Redis type crosses it. */
import type { Beyond } from './domain/beyond.ts'
import type {
  FeedItem,
  Heartbeat,
  Model,
  Order,
  PolicyTold,
  Provenance,
  RunState,
  RunView,
  WorkerView,
} from '@carya/contracts'
import type { Advance, Fresh } from './domain/ensemble-line.ts'
import type { Wish } from './domain/drain.ts'
import type { Picked, Share } from './domain/fair-share.ts'
import type { Held } from './domain/lease.ts'
import type { OutMessage } from './domain/messages.ts'
import type { OutRun } from './domain/placement.ts'
import type { RecoveryRecord, RedisFound } from './domain/recovery.ts'
import type { EndedRun, RunRecord } from './domain/record.ts'
import type { KeyRecord } from './domain/submission.ts'

export type Changed = 'done' | 'conflict'

/** Everything that is remembered of runs. Each change is one atomic commit, its messages with it. */
export type RunStore = {
  read(id: string): Promise<RunRecord | undefined>
  /** The run as this process last committed it, if it did so lately; it may have been changed since. */
  lastKnown(id: string): RunRecord | undefined
  /**
   * Its id must be new, made for this call. The key names it from now on, until a while after its end. `conflict`: the
   * key's record is not of this version any more; empty: there was none.
   */
  create(
    run: RunRecord,
    key: (KeyName & { version: string }) | undefined,
    body: string,
    out: OutMessage[],
  ): Promise<Changed>
  /** Makes the record of a run again, its key too unless that names another run by now. `conflict`: it is there. */
  rebuild(run: RunRecord, out: OutMessage[]): Promise<Changed>
  /** `conflict`: somebody changed the run since `before` was read. `mending` is counted in the same commit. */
  change(before: RunRecord, after: RunRecord, out: OutMessage[], mending?: Mending): Promise<Changed>
  keyed(key: KeyName): Promise<KeyRecord | undefined>
  /** Submissions newest first, from behind `after`; looks at a bounded number of records. */
  list(query: ListQuery): Promise<{ items: RunRecord[]; next?: string }>
  /** Ids of runs in a state, oldest first, from behind `after`. */
  live(state: RunState, after: string | undefined, most: number): Promise<string[]>
  /** Runs that may be fed again by now. */
  due(now: number, most: number): Promise<string[]>
  /** Runs whose deadline has passed by now, and that nothing ends yet. */
  deadlines(now: number, most: number): Promise<string[]>
  /** Forgets runs that ended before a time; how many. */
  forget(endedBefore: number, most: number): Promise<number>
}

/** What makes a submission idempotent: a client's key, an AMQP message id, or the hash of a message (H13). */
export type KeyName = { kind: 'key' | 'message' | 'taken'; submitter: string; key: string }

export type ListQuery = {
  state?: RunState
  model?: string
  submitter?: string
  labels: Record<string, string>
  after?: string
  limit: number
}

/** The backlog of a pool and what is in flight: what the feed decides on. */
export type PoolStore = {
  pools(): Promise<string[]>
  /** What is queued or running: the members of sets, never a counter (H20). */
  depth(pool: string): Promise<Depth>
  /** The heads of the lines, `beyond` what is known to be hopeless: enough to choose by, whatever waits behind them. */
  backlog(depth: Depth, beyond?: Beyond): Promise<Backlog>
  /** How many runs of its own line stand before a run; undefined where it stands in none. */
  ahead(run: RunRecord): Promise<number | undefined>
  /**
   * Feeds the picked runs: their records, the ensembles that they are of, the shares' virtual times and the jobs in
   * one commit. `known`: this member has a record already, so nothing was committed.
   */
  feed(
    backlog: Backlog,
    picked: Picked,
    fed: readonly Fed[],
    ensembles: readonly Advance[],
  ): Promise<Changed | { known: string }>
  /** Forgets a pool that has nothing in it, unless something arrived since `depth` was read. */
  drop(depth: Depth): Promise<void>
  /**
   * Removes strays, and shares and lines that the backlog found empty, unless something arrived since. Whether there
   * was anything: what stands behind it may be seen now.
   */
  tidy(backlog: Backlog): Promise<boolean>
}

/** `before` is absent of a member that comes into being. */
export type Fed = { before?: RunRecord; after: RunRecord; out: OutMessage[] }

export type Depth = {
  pool: string
  /** the pool's record as it was before anything else was read */
  version: string
  /** names the moment of reading among arrivals */
  arrivals: string
  queued: OutRun[]
  running: OutRun[]
}

export type Backlog = Depth & {
  /** what was not looked at */
  beyond: Beyond
  virtual: number
  /** runs to be asked for first: they were overtaken in an earlier round */
  turns: string[]
  shares: Share[]
  /** whether more may stand in lines than what was read */
  isCut: boolean
  /** records of the runs at the heads of the lines */
  heads: ReadonlyMap<string, { record: RunRecord; bytes: number }>
  /** members at the heads of their ensembles' lines that have no record yet */
  fresh: ReadonlyMap<string, Fresh>
  /** ensembles' lines with nothing in them: they are taken out */
  idle: { submitter: string; name: string }[]
  /** what stands in a line without waiting: it is taken out */
  strays: { line: string; id: string }[]
}

export type ModelStore = {
  find(ref: string): Promise<Model | undefined>
  /** All as `name@version`, the latest registered first. Manifests may be large: only those that are needed are read. */
  refs(): Promise<string[]>
  /** Registers it; the default of its name it becomes if it says so, or if there is none. `created`: it was new. */
  put(model: Model): Promise<{ model: Model; created: boolean }>
  /** Makes a version the default of its name; undefined where there is no such version. */
  makeDefault(ref: string): Promise<Model | undefined>
  /** Forgets a version, and with the last one its name. A default that has `others` beside it stays. */
  remove(ref: string): Promise<{ removed: Model } | { others: string[] } | undefined>
}

export type KnownWorker = WorkerView & {
  lastBeat: number
  session: string
  wish: Wish | undefined
  /** what its host allows models beyond the isolation that all have */
  policy?: PolicyTold | undefined
}

export type WorkerStore = {
  all(): Promise<KnownWorker[]>
  view(name: string): Promise<KnownWorker | undefined>
  /** Its last heartbeat, and what an operator wishes of it. */
  find(name: string): Promise<(Heartbeat & { lastBeat: number; wish: Wish | undefined }) | undefined>
  wish(name: string): Promise<Wish | undefined>
  /** Notes what is wished of a worker that is known. */
  setWish(name: string, wish: Wish): Promise<void>
  /** Forgets its heartbeat and what is wished of it. */
  forget(name: string): Promise<void>
  /** One write, however many attempts the beat lists. False: an older beat than the last, it renews nothing. */
  beat(beat: Heartbeat, now: number): Promise<boolean>
  /** What the worker was granted and has not ended; `stop`: why it is to stop it. */
  held(worker: string): Promise<(Held & { stop: string | false })[]>
}

/**
 * What can be mended, in words that are counted: a job that is nowhere, or was dead-lettered; a lease whose worker no
 * longer knows of it, or that its worker's list lacked; a run that stood in no line or set, an entry in one that its
 * record does not bear out; a timer that did not fire; a job queue that was gone; a recurring timer that was lost.
 */
export type Mending =
  | 'lost-job'
  | 'dead-job'
  | 'denied-attempt'
  | 'missing-lease'
  | 'misplaced-run'
  | 'stray-entry'
  | 'late-timer'
  | 'missing-queue'
  | 'lost-sweep'

export type Mended = {
  /** For what no commit of a run counts. */
  count(kind: Mending): Promise<void>
  counts(): Promise<Record<string, number>>
}

/** Where a run's record and the sets beside it do not agree. */
export type Disagreement = {
  run: string
  kind: Mending
  /** the sets */
  where: string[]
  /** of a run that is known */
  pool?: string
  /** Has the sets follow the record; false: it was changed since, so this may no longer be so. */
  mend(): Promise<boolean>
}

/** The sets of live runs, as the reconciler looks at them. */
export type LiveSets = {
  queued(pool: string): Promise<OutRun[]>
  /** A bounded step of each set, from where the last look ended. */
  disagreements(): AsyncIterable<Disagreement>
}

/** The broker's queues. */
export type JobQueues = {
  /** Messages ready in it; undefined: there is no such queue. Throws where the broker does not say. */
  count(queue: string): Promise<number | undefined>
  /** Has all queues made that should be there. */
  renew(): void
}

/** What Redis says of itself, and the record of the last recovery (H4). */
export type RecoveryStore = {
  found(): Promise<RedisFound>
  last(): Promise<RecoveryRecord | undefined>
  /** Begins one, and lifts the sequence above all that was seen. `conflict`: another dispatcher was quicker. */
  begin(
    before: RecoveryRecord | undefined,
    facts: Pick<RecoveryRecord, 'since' | 'seen' | 'held'>,
  ): Promise<Changed>
  /** Ends it; `lost` is put before what was found lost meanwhile. */
  finish(before: RecoveryRecord, until: string, lost: string[]): Promise<Changed>
  count(what: 'rebuilt' | 'ended'): Promise<void>
  /** Notes what cannot be made again, in words; whether that is news. */
  lose(what: string): Promise<boolean>
}

/** Whether what changes runs by itself may act: not while Redis is away, or may have forgotten something (H4). */
export type Gate = { isOpen(): boolean; isRecovering(): boolean }

/** Ended runs as the store has them. */
export type EndedRuns = { find(id: string): Promise<EndedRun | undefined> }

/** What workers left beside the outputs of attempts. */
export type Provenances = {
  /** Of the run's latest attempt; undefined where there is none that can be read. Throws `Unavailable` as the store does. */
  find(run: Pick<RunView, 'id' | 'ensemble' | 'index' | 'attempts'>): Promise<Provenance | undefined>
}

/** Live news for people who watch. */
export type Feed = {
  add(items: FeedItem[]): Promise<void>
  follow(after: string | undefined, signal: AbortSignal): AsyncIterable<{ id: string; item: FeedItem }>
  /** Id of the newest item, or of the beginning. */
  last(): Promise<string>
  publishLog(run: string, chunk: Extract<FeedItem, { kind: 'log' }>): Promise<void>
  followLog(run: string, signal: AbortSignal): AsyncIterable<Extract<FeedItem, { kind: 'log' }>>
}

/** Says things to workers that need no memory: an order lost is repeated with the next heartbeat's answer. */
export type Orders = {
  send(worker: string, orders: Order[], beat?: number): void
}

export type Clock = { now(): number; iso(): string }
