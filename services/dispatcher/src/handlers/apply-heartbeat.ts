/**
 * A heartbeat renews the leases of what it lists, tells how far the models are, and is answered with an order for
 * every attempt (H2). It costs one write, however many attempts it lists: what a worker holds stands in one place,
 * and only an attempt that is not there (claimed and not granted, settled long ago, unknown) has its record read.
 */
import { workerUser, type Heartbeat, type Order, type RunView, type Token } from '@carya/contracts'
import type { Log } from '@carya/amqp'
import { Unavailable } from '../api.ts'
import { drainOrder, isToDrain, type Wish } from '../domain/drain.ts'
import { denied, orderFor } from '../domain/lease.ts'
import { isAhead } from '../domain/recovery.ts'
import type { RunEvent } from '../domain/run.ts'
import { newsOf } from '../domain/told.ts'
import { stateOf } from '../domain/worker.ts'
import type { Clock, EndedRuns, Feed, Orders, RunStore, WorkerStore } from '../ports.ts'
import type { ChangeRun } from './change-run.ts'
import type { Recover } from './recover.ts'

export type HeartbeatParts = {
  runs: RunStore
  workers: WorkerStore
  feed: Feed
  orders: Orders
  change: ChangeRun
  clock: Clock
  /** makes sure the worker's queues exist */
  welcome: (pool: string, worker: string, isNew: boolean) => void
  workersChanged: (pool: string) => void
  /** a heartbeat could not be written */
  unheard: (why: string) => void
  ended: EndedRuns
  recover: Pick<Recover, 'isOpen' | 'isRecovering' | 'saw' | 'ahead' | 'heard'>
  log: Log
}

/** Applies a heartbeat; answers why it did not count, or undefined. */
export type ApplyHeartbeat = (beat: Heartbeat, userId: string | undefined) => Promise<string | undefined>

export function applyHeartbeat(parts: HeartbeatParts): ApplyHeartbeat {
  const { runs, workers, feed, orders, change, clock, welcome, workersChanged, unheard, recover } = parts
  return async (beat, userId) => {
    try {
      return await take(beat, userId)
    } catch (err) {
      // held and taken again; until then its worker must not seem silent
      unheard('a heartbeat could not be written')
      throw err
    }
  }

  async function take(beat: Heartbeat, userId: string | undefined): Promise<string | undefined> {
    const sender = workerUser(beat.worker)
    if (userId !== sender) return `sent by ${userId ?? 'nobody'}, only ${sender} may`
    await recover.saw(beat.seq)
    const known = await workers.find(beat.worker)
    if (!(await workers.beat(beat, clock.now()))) return 'older than the last one: it renews nothing'
    welcome(beat.pool, beat.worker, known?.session !== beat.session)
    const wish = known?.wish
    const drain = drainOrder({ wish, draining: beat.draining })
    // by itself: an older worker does not read a message with an order that it does not know
    if (drain) orders.send(beat.worker, [drain])
    const held = await workers.held(beat.worker)
    await news(beat, known)
    const answers = await Promise.all(
      beat.attempts.map(async (attempt): Promise<Order | undefined> => {
        const { run, nonce } = attempt
        const token: Token = { run, attempt: attempt.attempt, nonce }
        const mine = held.find((each) => each.run === run && each.nonce === nonce)
        if (mine) {
          // granted, and the worker does not know: the order was lost, asking again repeats it
          if (attempt.phase === 'claimed') return claim(token, beat, wish)
          return mine.stop === false ? { do: 'keep', ...token } : { do: 'stop', ...token, reason: mine.stop }
        }
        if (attempt.phase === 'claimed') return claim(token, beat, wish)
        const record = await runs.read(run)
        if (isAhead(record, attempt)) await recover.ahead(run)
        // before anything is fed by a dispatcher that starts: has Redis forgotten it, or was it kept long enough?
        if (!record && !recover.isOpen() && !(await endedInStore(run))) await recover.ahead(run)
        return orderFor(attempt, beat.worker, record, recover.isRecovering())
      }),
    )
    orders.send(
      beat.worker,
      answers.filter((order) => order !== undefined),
      beat.beat,
    )
    for (const lost of denied(held, beat)) await lose(lost, beat.worker)
    recover.heard(beat.worker)
    if (
      known?.size.cpus !== beat.size.cpus ||
      known.size.memory !== beat.size.memory ||
      known.size.disk !== beat.size.disk ||
      stateOf(known, clock.now() - known.lastBeat) !== stateOf({ ...beat, wish }, 0) ||
      known.session !== beat.session
    )
      workersChanged(beat.pool)
    return undefined
  }

  /** An attempt that its worker should hold and does not. Where Redis was put back, it may have ended well since. */
  async function lose({ run, attempt, nonce }: Token, worker: string): Promise<void> {
    if (!recover.isOpen()) return
    const stored = await endedInStore(run)
    // the next heartbeat asks again
    if (stored === 'away') return
    const detail = `worker ${worker} no longer knows of the attempt`
    const lost: RunEvent = {
      type: 'lost',
      token: { run, attempt, nonce },
      failure: { kind: 'worker_lost', detail },
    }
    if (stored) await change(run, { type: 'ended in store', stored })
    else await change(run, lost, 'denied-attempt')
  }

  async function endedInStore(run: string): Promise<RunView | undefined | 'away'> {
    try {
      return await parts.ended.find(run)
    } catch (err) {
      if (!(err instanceof Unavailable)) throw err
      parts.log.warn({ err, run }, 'the store does not answer')
      return 'away'
    }
  }

  /** A claim whose report may have been lost: the grant or the refusal goes out as an order of its own. */
  async function claim(token: Token, beat: Heartbeat, wish: Wish | undefined): Promise<Order | undefined> {
    const { worker, at } = beat
    const isDraining = isToDrain(wish)
    const decision = await change(token.run, { type: 'claimed', token, worker, at, isDraining })
    return decision === 'unknown' ? { do: 'keep', ...token, tell: true } : undefined
  }

  async function news(beat: Heartbeat, before: Heartbeat | undefined): Promise<void> {
    await feed.add(newsOf(beat, before))
    for (const { run, attempt, from, text } of beat.logs ?? [])
      await feed.publishLog(run, { kind: 'log', run, attempt, from, text })
  }
}
