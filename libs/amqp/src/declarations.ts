/**
 * What has to exist on the broker, made again after every reconnection and whenever something turns out missing.
 *
 * Each declaration stands alone. One that the broker refuses closes the channel, and the next has a new one:
 * - 406, it exists with other arguments: those can never be changed, so this is told and gone past;
 * - anything else (no permission, a part that somebody else has yet to make): tried again with back-off, after all
 *   others have been made.
 */
import type { Channel } from 'amqplib'
import { setTimeout as sleep } from 'node:timers/promises'
import { backoff } from './backoff.ts'
import { keepChannel, plainChannel } from './channel.ts'
import type { Connection } from './connection.ts'
import { codeOf } from './errors.ts'
import { Gate } from './gate.ts'
import type { Log } from './log.ts'

/** Makes one thing (a queue, an exchange, a binding) if it is not there; harmless any number of times. */
export type Declaration = (channel: Channel) => Promise<unknown>

const PRECONDITION_FAILED = 406
const AGAIN_AFTER_MS = 250

export class Declarations {
  readonly closed: Promise<void>
  readonly #connection: Connection
  readonly #log: Log
  readonly #signal: AbortSignal
  readonly #all = new Set<Declaration>()
  readonly #due = new Set<Declaration>()
  readonly #failed = new Set<Declaration>()
  readonly #wanted = new Gate()
  readonly #attempted = new Gate()
  readonly #made = new Gate()
  #lastAgain = 0
  #again: NodeJS.Timeout | undefined
  #rounds = 0

  constructor({ connection, log, signal }: { connection: Connection; log: Log; signal: AbortSignal }) {
    this.#connection = connection
    this.#log = log
    this.#signal = signal
    const ignore = connection.onChange(() => {
      if (connection.state !== 'down') return
      this.#attempted.shut()
      this.#want(this.#all)
    })
    const options = { connection, log, signal, open: plainChannel }
    this.closed = keepChannel(options, (channel) => this.#use(channel)).finally(ignore)
  }

  add(declarations: Iterable<Declaration>): void {
    for (const declaration of declarations) this.#all.add(declaration)
    this.#want(declarations)
  }

  /** Has these made no more; what they have made stays. */
  remove(declarations: Iterable<Declaration>): void {
    for (const declaration of declarations)
      for (const set of [this.#all, this.#due, this.#failed]) set.delete(declaration)
  }

  /** Something was missing: all are made again, soon but not more often than four times a second. */
  again(): void {
    if (this.#again) return
    const dueMs = Math.max(0, this.#lastAgain + AGAIN_AFTER_MS - performance.now())
    this.#again = setTimeout(() => {
      this.#again = undefined
      this.#lastAgain = performance.now()
      this.#want(this.#all)
    }, dueMs).unref()
  }

  /** Each has been tried since the connection was last made. */
  attempted(signal: AbortSignal): Promise<void> {
    return this.#attempted.passed(signal)
  }

  /** All that were wanted have been made, or gone past. */
  made(signal: AbortSignal): Promise<void> {
    return this.#made.passed(signal)
  }

  #want(declarations: Iterable<Declaration>): void {
    for (const declaration of declarations) this.#due.add(declaration)
    this.#made.shut()
    this.#wanted.open()
  }

  async #use(channel: Channel): Promise<void> {
    const ended = new AbortController()
    channel.on('close', () => {
      ended.abort()
      this.#wanted.open()
    })
    while (!ended.signal.aborted) {
      this.#wanted.shut()
      for (const declaration of this.#due) {
        if (!this.#failed.has(declaration) && !(await this.#make(declaration, channel))) return
      }
      this.#attempted.open()
      if (this.#failed.size === 0) {
        this.#rounds = 0
        this.#made.open()
        await this.#wanted.passed(this.#signal)
      } else {
        this.#failed.clear()
        await sleep(backoff(this.#rounds), undefined, { signal: this.#signal })
        this.#rounds += 1
      }
    }
  }

  /** Answers whether the channel can be used further: not after a failure, which closes it. */
  async #make(declaration: Declaration, channel: Channel): Promise<boolean> {
    const failure: unknown = await declaration(channel).then(
      () => undefined,
      (error: unknown) => error ?? new Error('declaration failed'),
    )
    if (this.#connection.state === 'down') return false
    if (failure === undefined) {
      this.#due.delete(declaration)
      return true
    }
    if (codeOf(failure) === PRECONDITION_FAILED) {
      this.#due.delete(declaration)
      this.#log.warn({ err: failure }, 'exists with other arguments on the broker, left as it is')
    } else {
      this.#failed.add(declaration)
      this.#log.error({ err: failure }, 'declaration failed, will be tried again')
    }
    return false
  }
}
