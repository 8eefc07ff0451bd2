/**
 * Notices that Redis has forgotten something, and sees the recovery through (domain/recovery.ts says what that is).
 *
 * What was seen is remembered by this process (its own commits, the workers' heartbeats) and, from one process to the
 * next, by a file in the store. Redis is compared with it before anything is taken when a connection to it is made,
 * each second, and whenever a number comes that is not the expected one. A dispatcher that starts has seen little: it
 * first hears every worker that Redis knows, asked by the order `beat`, or waits for two beats' time.
 */
import type { Log } from '@carya/amqp'
import { BEAT_SECONDS, type RunState } from '@carya/contracts'
import {
  awaited,
  isBelieved,
  isExplained,
  isPutBack,
  lossOf,
  mayEnd,
  type RecoveryRecord,
} from '../domain/recovery.ts'
import type { Clock, EndedRuns, Gate, ModelStore, Orders, RecoveryStore, RunStore } from '../ports.ts'
import type { ChangeRun } from './change-run.ts'

export type RecoverParts = {
  recoveries: RecoveryStore
  runs: RunStore
  models: ModelStore
  ended: EndedRuns
  /** makes ensembles again that Redis has forgotten */
  restoreEnsembles: () => Promise<void>
  change: ChangeRun
  orders: Orders
  clock: Clock
  log: Log
  listeningSince: () => number | undefined
  /** how long a recovery takes at least, in seconds: time for every worker to beat */
  leastSeconds: number
  /** the highest number that an earlier process left in the store */
  seenBefore: number
  /** workers that Redis knew when this process started */
  workers: readonly { name: string; lastBeat: number }[]
  /** forgets what this process took for what Redis holds */
  forgetKnown: () => void
  /** whether Redis is connected */
  isUp: () => boolean
  /** it may be taken from the queues; `requests` too, unless it recovers */
  onChange: (state: { isSound: boolean; isRecovering: boolean }) => void
}

export type Recover = Gate & {
  /** Redis gave this number to a commit of ours. */
  committed(seq: number): void
  /** Somebody has seen this number; resolves when what follows from it stands. */
  saw(seq: number): Promise<void>
  /**
   * A host holds an attempt that Redis has forgotten; `queuedAt` is when it was fed, where that is known. Begins a
   * recovery, unless an earlier one explains it.
   */
  ahead(run: string, queuedAt?: string): Promise<void>
  /** A worker has beaten. */
  heard(worker: string): void
  /** Compares Redis with what was seen; throws while it is away. */
  check(): Promise<void>
  /** Once a second: goes on with whatever is due. */
  tick(): Promise<void>
  /** The connection was lost. */
  lost(): void
  highest(): number
  /** Since when it recovers; undefined if it does not. */
  recoveringSince(): string | undefined
}

const STEP = 500
const LIVE: readonly RunState[] = ['running', 'queued', 'pending']

export function recover(parts: RecoverParts): Recover {
  const { recoveries, runs, models, ended, change, orders, clock, log } = parts
  let seen = parts.seenBefore
  /** the highest number that Redis itself gave since it was last connected */
  let given = 0
  let isSound = false
  let recovery: RecoveryRecord | undefined
  /** the recovery whose runs were looked up in the store */
  let lookedUp: number | undefined
  let isLooking = false
  let checking: Promise<void> | undefined
  const silent = new Set(awaited(parts.workers))
  let startedAt: number | undefined

  const isRecovering = () => recovery !== undefined && recovery.until === undefined
  const tell = () => parts.onChange({ isSound, isRecovering: isRecovering() })

  async function begin(before: RecoveryRecord | undefined, held: number, why: string): Promise<void> {
    parts.forgetKnown()
    const facts = { since: clock.iso(), seen, held: Math.min(held, seen) }
    log.error(
      { ...facts, why },
      'Redis has forgotten commits: nothing is fed, stopped or expired until it is recovered',
    )
    await recoveries.begin(before, facts)
    lookedUp = undefined
  }

  async function look(evidence?: string): Promise<void> {
    const known = seen
    const [found, last] = await Promise.all([recoveries.found(), recoveries.last()])
    const why = isPutBack(known, found) ? 'a higher number was seen' : evidence
    const goesOn = last !== undefined && last.until === undefined
    if (why !== undefined && !(goesOn && why === evidence)) {
      await begin(last, found.seq, why)
      recovery = await recoveries.last()
      given = (await recoveries.found()).seq
    } else {
      if (goesOn && !isRecovering()) parts.forgetKnown()
      recovery = last
      given = found.seq
    }
    seen = Math.max(seen, given)
    isSound = true
    tell()
  }

  /** One look at a time; a later caller's evidence is looked at after the one in hand. */
  function check(evidence?: string): Promise<void> {
    const mine = (checking ?? Promise.resolve()).catch(() => undefined).then(() => look(evidence))
    checking = mine
    return mine
  }

  /** Ends the runs that the store says have ended, in steps, and has forgotten ensembles go on. */
  async function lookUp(): Promise<void> {
    await parts.restoreEnsembles()
    for (const state of LIVE) {
      let after: string | undefined
      do {
        const ids = await runs.live(state, after, STEP)
        after = ids.length === STEP ? ids.at(-1) : undefined
        for (const id of ids) {
          const stored = await ended.find(id)
          if (!stored) continue
          const decision = await change(id, { type: 'ended in store', stored })
          if (decision !== 'unknown' && 'run' in decision) await recoveries.count('ended')
        }
      } while (after !== undefined)
    }
  }

  async function goOn(): Promise<void> {
    if (!recovery || isLooking) return
    if (lookedUp !== recovery.version) {
      isLooking = true
      const { version } = recovery
      // an answer of the store may take its time: the pulse goes on beside it
      lookUp()
        .then(() => (lookedUp = version))
        .catch((err: unknown) => log.warn({ err }, 'the recovery waits'))
        .finally(() => (isLooking = false))
      return
    }
    if (!mayEnd(recovery, parts.listeningSince(), clock.now(), parts.leastSeconds)) return
    const lost = lossOf(recovery, (await models.refs()).length)
    if ((await recoveries.finish(recovery, clock.iso(), lost)) === 'conflict') return
    await check()
    if (!recovery) return
    const { rebuilt, ended: found, lost: all } = recovery
    log.error({ rebuilt, ended: found, lost: all }, 'Redis is recovered')
  }

  /** Every worker that Redis knows was heard, or has had the time. */
  function isHeard(): boolean {
    if (silent.size === 0) return true
    const since = parts.listeningSince()
    if (since === undefined) return false
    startedAt ??= since
    if (clock.now() - startedAt > 2 * BEAT_SECONDS * 1000) silent.clear()
    return silent.size === 0
  }

  const recovering: Recover = {
    isRecovering,
    isOpen: () => isSound && !isRecovering() && isHeard(),
    committed(seq) {
      given = Math.max(given, seq)
      // another dispatcher's later number may have come before the answer to our commit: Redis itself is asked
      if (seq < seen) check().catch(() => undefined)
      seen = Math.max(seen, seq)
    },
    async saw(seq) {
      if (!isBelieved(seq, seen)) {
        log.warn({ seq, seen }, 'a worker says that there were more commits than there can be: not believed')
        return
      }
      seen = Math.max(seen, seq)
      if (seq > given) await check()
    },
    async ahead(run, queuedAt) {
      await check()
      const isStarting = !isHeard()
      if (isRecovering() || (!isStarting && recovery && isExplained(recovery, queuedAt))) return
      const why = 'a host holds an attempt that no record gave out'
      log.warn({ run }, why)
      await check(why)
    },
    heard: (worker) => void silent.delete(worker),
    check: () => check(),
    async tick() {
      if (!parts.isUp()) return
      await check()
      if (isRecovering()) await goOn()
      if (!isHeard()) for (const worker of silent) orders.send(worker, [{ do: 'beat' }])
    },
    lost() {
      isSound = false
      given = 0
      parts.forgetKnown()
      tell()
    },
    highest: () => seen,
    recoveringSince: () => (isRecovering() ? recovery?.since : undefined),
  }
  return recovering
}
