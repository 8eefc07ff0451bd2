/**
 * A heartbeat renews the leases of what it lists, tells how far the models are, and is answered with an order for
 * every attempt (H2). It costs one write, however many attempts it lists: what a worker holds stands in one place,
 * and only an attempt that is not there (claimed and not granted, settled long ago, unknown) has its record read.
 */
import { workerUser, type FeedItem, type Heartbeat, type Order, type Token } from '@carya/contracts'
import { denied, orderFor } from '../domain/lease.ts'
import { stateOf } from '../domain/worker.ts'
import type { Clock, Feed, Orders, RunStore, WorkerStore } from '../ports.ts'
import type { ChangeRun } from './change-run.ts'

export type HeartbeatParts = {
  runs: RunStore
  workers: WorkerStore
  feed: Feed
  orders: Orders
  change: ChangeRun
  clock: Clock
  /** makes sure the worker's queues exist */
  welcome: (pool: string, worker: string) => void
  workersChanged: (pool: string) => void
  /** a heartbeat could not be written */
  unheard: (why: string) => void
}

/** Applies a heartbeat; answers why it did not count, or undefined. */
export type ApplyHeartbeat = (beat: Heartbeat, userId: string | undefined) => Promise<string | undefined>

export function applyHeartbeat(parts: HeartbeatParts): ApplyHeartbeat {
  const { runs, workers, feed, orders, change, clock, welcome, workersChanged, unheard } = parts
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
    const known = await workers.find(beat.worker)
    if (!(await workers.beat(beat, clock.now()))) return 'older than the last one: it renews nothing'
    if (known?.session !== beat.session) welcome(beat.pool, beat.worker)
    const held = await workers.held(beat.worker)
    await news(beat)
    const answers = await Promise.all(
      beat.attempts.map(async (attempt): Promise<Order | undefined> => {
        const { run, nonce } = attempt
        const token: Token = { run, attempt: attempt.attempt, nonce }
        const mine = held.find((each) => each.run === run && each.nonce === nonce)
        if (mine) {
          // granted, and the worker does not know: the order was lost, asking again repeats it
          if (attempt.phase === 'claimed') return claim(token, beat)
          return mine.stop === false ? { do: 'keep', ...token } : { do: 'stop', ...token, reason: mine.stop }
        }
        if (attempt.phase === 'claimed') return claim(token, beat)
        return orderFor(attempt, beat.worker, await runs.read(run))
      }),
    )
    orders.send(
      beat.worker,
      answers.filter((order) => order !== undefined),
      beat.beat,
    )
    for (const lost of denied(held, beat))
      await change(
        lost.run,
        {
          type: 'lost',
          token: { run: lost.run, attempt: lost.attempt, nonce: lost.nonce },
          failure: { kind: 'worker_lost', detail: `worker ${beat.worker} no longer knows of the attempt` },
        },
        'denied-attempt',
      )
    if (
      known?.size.cpus !== beat.size.cpus ||
      known.size.memory !== beat.size.memory ||
      stateOf(known, clock.now() - known.lastBeat) !== stateOf(beat, 0) ||
      known.session !== beat.session
    )
      workersChanged(beat.pool)
    return undefined
  }

  /** A claim whose report may have been lost: the grant or the refusal goes out as an order of its own. */
  async function claim(token: Token, beat: Heartbeat): Promise<Order | undefined> {
    const decision = await change(token.run, { type: 'claimed', token, worker: beat.worker, at: beat.at })
    return decision === 'unknown' ? { do: 'keep', ...token } : undefined
  }

  async function news(beat: Heartbeat): Promise<void> {
    const items = beat.attempts.flatMap((each): FeedItem[] =>
      each.progress === undefined
        ? []
        : [{ kind: 'progress', run: each.run, attempt: each.attempt, progress: each.progress }],
    )
    await feed.add(items)
    for (const { run, attempt, from, text } of beat.logs ?? [])
      await feed.publishLog(run, { kind: 'log', run, attempt, from, text })
  }
}
