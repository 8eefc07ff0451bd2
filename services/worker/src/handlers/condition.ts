/** Keeps how well the host is (domain/wellness.ts), times its rests, and tells the worker's standing of it. */
import type { Failure } from '@carya/contracts'
import { holdsRoom } from '../domain/attempt.ts'
import { feel, mayTake, well, type Wellness, type WellnessEvent } from '../domain/wellness.ts'
import type { Clock } from '../ports.ts'
import { keyOf, type Held, type Holdings } from './held.ts'
import type { Standing } from './standing.ts'

export type ConditionParts = {
  holdings: Holdings
  standing: Standing
  clock: Clock
  /** seconds of the first rest */
  pause: number
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
}

export class Condition {
  readonly #parts: ConditionParts
  #now: Wellness = well

  constructor(parts: ConditionParts) {
    this.#parts = parts
    parts.holdings.onChange(() => this.#letGo())
  }

  /** A job was taken. */
  taken(held: Held): void {
    this.#feel({ type: 'taken', attempt: keyOf(held.token) })
  }

  /** An attempt could not be started; whether that is the host's fault is decided here. */
  failed({ token }: Held, { kind, detail }: Failure): void {
    if (kind === 'engine_error') this.#feel({ type: 'failed', run: token.run, attempt: keyOf(token), detail })
  }

  /** A model was started. */
  started(): void {
    this.#feel({ type: 'started' })
  }

  /** The trial was cancelled, or its job was not for us. */
  #letGo(): void {
    const trial = this.#now.is === 'trying' ? this.#now.trial : undefined
    if (trial === undefined) return
    const held = this.#parts.holdings.all().find(({ token }) => keyOf(token) === trial)
    if (!held || !holdsRoom(held.state)) this.#feel({ type: 'over', attempt: trial })
  }

  #feel(event: WellnessEvent): void {
    const before = this.#now
    this.#now = feel(before, event, this.#parts.pause)
    if (this.#now === before) return
    const { clock, log, standing } = this.#parts
    const now = this.#now
    if (now.is === 'well') {
      if (before.is !== 'well') log.info({}, 'well again: jobs are taken')
      standing.feels(undefined)
      return
    }
    standing.feels({ unwell: now.reason, takes: mayTake(now) })
    if (now.is === 'resting') {
      log.warn({ reason: now.reason, seconds: now.pause }, 'unwell: no jobs are taken for now')
      clock.after(now.pause, () => this.#feel({ type: 'rested' }))
    } else if (before.is === 'resting') log.info({}, 'one job is taken, to see whether models start again')
  }
}
