/**
 * Publishing that survives every loss: at least once, each message confirmed.
 *
 * - Connection lost: what was unconfirmed is sent again, in order, before all else. Receivers tell doubles by message id.
 * - Channel closed by the broker: one of the unconfirmed is to blame, and AMQP does not say which. A single one is;
 *   of several each is sent again alone, on a channel of its own where it can harm no other, while new messages go
 *   on. What was sent again so may arrive later than messages published after it.
 * - 404, a missing exchange: it may not have been declared yet. Its messages wait together, and one of them is tried
 *   again with back-off; when the broker takes that one they all go on.
 * - Any other reason: the message is refused, or it would close channels for ever.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from './connection.ts'
import { Entry } from './entry.ts'
import { BrokerClosed, MessageRefused, MessageReturned, type ChannelLost } from './errors.ts'
import { Lane } from './lane.ts'
import type { Log } from './log.ts'
import type { Outgoing } from './message.ts'
import { MissingExchanges } from './missing-exchanges.ts'

export type PublisherOptions = {
  connection: Connection
  maxInFlight: number
  log: Log
  /** Something this publisher needs is not there: an exchange, or a queue for a mandatory message. */
  onMissing: () => void
}

const NOT_FOUND = 404
const DRAIN_MS = 2_000

export class Publisher implements AsyncDisposable {
  readonly #ending = new AbortController()
  readonly #pending = new Set<Entry>()
  readonly #main: Lane
  /** Where suspects are sent, one at a time. */
  readonly #alone: Lane
  readonly #missing: MissingExchanges
  readonly #options: PublisherOptions
  #closed: Promise<void> | undefined

  constructor(options: PublisherOptions) {
    this.#options = options
    const { connection, log, maxInFlight } = options
    const { signal } = this.#ending
    const shared = {
      connection,
      log,
      signal,
      onDealtWith: (entry: Entry) => this.#missing.found(entry.exchange),
    }
    this.#missing = new MissingExchanges({
      signal,
      scout: (entry) => this.#alone.push(entry),
      release: (entry) => this.#main.push(entry),
    })
    this.#main = new Lane({
      ...shared,
      window: maxInFlight,
      onLost: (unconfirmed, loss) => this.#lost(this.#main, unconfirmed, loss),
    })
    this.#alone = new Lane({
      ...shared,
      window: 1,
      onLost: (unconfirmed, loss) => this.#lost(this.#alone, unconfirmed, loss),
    })
  }

  /**
   * Resolves when the broker has confirmed the message: it is safe in every queue it goes to. Waits, as long as it
   * takes, while the broker is away or blocked, while the exchange is missing, and behind `maxInFlight` others.
   *
   * Rejects with MessageReturned (no queue takes it), MessageNacked (a queue refuses it), MessageRefused (it can never
   * be sent), BrokerClosed, or the signal's reason; after these last two it may have been published or not.
   */
  async publish(message: Outgoing, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    if (this.#closed) throw new BrokerClosed('the publisher was closed')
    const entry = new Entry(message)
    const abort = () => entry.reject(signal?.reason)
    signal?.addEventListener('abort', abort, { once: true })
    this.#pending.add(entry)
    if (!this.#missing.hold(entry)) this.#main.push(entry)
    try {
      await entry.promise
    } catch (error) {
      if (error instanceof MessageReturned) this.#options.onMissing()
      throw error
    } finally {
      this.#pending.delete(entry)
      signal?.removeEventListener('abort', abort)
    }
  }

  /**
   * Waits up to two seconds, if the broker can be reached, for what is on its way to be confirmed; what is not then
   * rejects with BrokerClosed.
   */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    if (this.#options.connection.state === 'up') {
      const drained = Promise.allSettled([...this.#pending].map((entry) => entry.promise))
      await Promise.race([drained, sleep(DRAIN_MS, undefined, { ref: false })])
    }
    const reason = new BrokerClosed('the publisher was closed')
    this.#ending.abort(reason)
    for (const entry of this.#pending) entry.reject(reason)
    await Promise.all([this.#main.closed, this.#alone.closed])
  }

  #lost(lane: Lane, unconfirmed: Entry[], loss: ChannelLost): void {
    const [first, ...others] = unconfirmed
    if (!first) return
    if (loss.replyCode === undefined) lane.putBack(unconfirmed)
    else if (others.length === 0) this.#judge(first, loss)
    else for (const entry of unconfirmed) if (!this.#missing.hold(entry)) this.#alone.push(entry)
  }

  #judge(entry: Entry, loss: ChannelLost): void {
    if (loss.replyCode !== NOT_FOUND) {
      entry.reject(new MessageRefused(loss.message, loss.replyCode))
      return
    }
    const { exchange } = entry
    const news = this.#missing.miss(entry, this.#alone.withdraw(exchange))
    if (news) this.#options.log.warn({ exchange }, 'no such exchange, its messages wait')
    this.#options.onMissing()
  }
}
