/**
 * The heartbeat: what is held, what is free, how far the models are. It goes on whatever else does not: nothing on
 * its way may wait for the store, the engine, or a thread that these may hold.
 */
import type { Heartbeat, Policy } from '@carya/contracts'
import { randomBytes } from 'node:crypto'
import { beatInterval, listAttempts, listLookups } from '../domain/beat.ts'
import type { Beats, Clock } from '../ports.ts'
import { version } from '../version.ts'
import type { Holdings } from './held.ts'
import type { Lookups } from './resolve-image.ts'
import type { Standing } from './standing.ts'
import { isTailing, readTails, takeTails } from './tail-logs.ts'

export type BeatParts = {
  worker: string
  pool: string
  holdings: Holdings
  beats: Beats
  clock: Clock
  sequence: { readonly highest: number }
  standing: Standing
  policy: Policy | undefined
  lookups: Lookups
}

/** How long a heartbeat waits for log lines to go with it. */
const LOGS_SECONDS = 0.2

/** Beats from when the worker may speak until it is disposed of; of a change there the next beat tells at once. */
export class Heart implements Disposable {
  readonly #parts: BeatParts
  /** new at each start of the process: then all that was known of the worker is told anew */
  readonly #session = randomBytes(8).toString('hex')
  #cancel = () => {}
  #beat = 0
  #isOver = false
  /** aborted with the name: a heartbeat on its way must not be sent when another process has it */
  #speaking = new AbortController()

  constructor(parts: BeatParts) {
    this.#parts = parts
    parts.standing.onChange(() => {
      if (!parts.standing.speaks) this.#hush()
      this.soon()
    })
  }

  /** Sends the next one now. */
  soon(): void {
    this.#cancel()
    if (this.#parts.standing.speaks && !this.#isOver) void this.#send()
  }

  [Symbol.dispose](): void {
    this.#isOver = true
    this.#cancel()
  }

  #hush(): void {
    this.#speaking.abort()
    this.#speaking = new AbortController()
  }

  async #send(): Promise<void> {
    const { signal } = this.#speaking
    const { holdings, beats, clock, lookups } = this.#parts
    const now = performance.now()
    const leases = holdings.all().flatMap(({ lease }) => lease ?? [])
    const interval = beatInterval(leases, lookups.size > 0 || isTailing(holdings, now))
    this.#cancel = clock.after(interval, () => this.soon())
    if (isTailing(holdings, now)) {
      const late = new Promise<void>((resolve) => clock.after(LOGS_SECONDS, resolve))
      await Promise.race([readTails(holdings, now), late])
    }
    const logs = takeTails(holdings)
    this.#beat += 1
    await beats.send({ ...this.#body(interval), ...(logs.length > 0 ? { logs } : {}) }, interval, signal)
  }

  #body(interval: number): Heartbeat {
    const { worker, pool, holdings, clock, sequence, standing, policy, lookups } = this.#parts
    const held = holdings
      .all()
      .map(({ token, state, preparing, progress: { progress } }) => ({ token, state, preparing, progress }))
    return {
      v: 1,
      worker,
      pool,
      session: this.#session,
      version,
      beat: this.#beat,
      at: clock.now(),
      interval,
      seq: sequence.highest,
      size: holdings.size,
      room: holdings.free(),
      draining: standing.isDraining,
      ...(standing.unwell === undefined ? {} : { unwell: standing.unwell }),
      attempts: listAttempts(held),
      ...(policy === undefined ? {} : { policy }),
      ...listLookups(lookups.values()),
    }
  }
}
