/** The heartbeat: what is held, what is free, how far the models are. It goes on whatever else does not. */
import type { Heartbeat } from '@carya/contracts'
import { beatInterval, listAttempts } from '../domain/beat.ts'
import type { Beats, Clock } from '../ports.ts'
import { isTailing, tailLines } from './follow-attempt.ts'
import type { Holdings } from './held.ts'

export type BeatParts = {
  /** who beats; `session` is new at each start of the process */
  self: Pick<Heartbeat, 'worker' | 'pool' | 'session' | 'version'>
  holdings: Holdings
  beats: Beats
  clock: Clock
  /** the highest commit sequence seen in a message (H4) */
  seq: () => number
  draining: () => boolean
}

/** Beats until disposed of. */
export class Heart implements Disposable {
  readonly #parts: BeatParts
  #cancel = () => {}
  #beat = 0
  #running = false

  constructor(parts: BeatParts) {
    this.#parts = parts
  }

  start(): void {
    this.#running = true
    void this.#send()
  }

  /** Sends the next one now. */
  soon(): void {
    if (!this.#running) return
    this.#cancel()
    void this.#send()
  }

  [Symbol.dispose](): void {
    this.#running = false
    this.#cancel()
  }

  async #send(): Promise<void> {
    const { holdings, beats, clock } = this.#parts
    const now = performance.now()
    const leases = holdings.all().flatMap(({ lease }) => lease ?? [])
    const interval = beatInterval(leases, isTailing(holdings, now))
    this.#cancel = clock.after(interval, () => void this.#send())
    // a file that cannot be read just now is read for the next one
    const logs = await tailLines(holdings, now).catch(() => [])
    this.#beat += 1
    await beats.send({ ...this.#body(interval), ...(logs.length > 0 ? { logs } : {}) }, interval)
  }

  #body(interval: number): Heartbeat {
    const { self, holdings, clock, seq, draining } = this.#parts
    const held = holdings
      .all()
      .map(({ token, state, progress: { progress } }) => ({ token, state, progress }))
    return {
      v: 1,
      ...self,
      beat: this.#beat,
      at: clock.now(),
      interval,
      seq: seq(),
      size: holdings.size,
      room: holdings.free(),
      draining: draining(),
      attempts: listAttempts(held),
    }
  }
}
