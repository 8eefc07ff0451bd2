/**
 * Consuming that survives every loss: a channel of its own, opened again with back-off when the connection is lost,
 * the channel is closed (`consumer_timeout`, …), the broker cancels the consumer (its queue was deleted) or the queue
 * is not there yet.
 *
 * What happens to a delivery: its handler answers `ack`, `{ reject }` (to the queue's dead-letter exchange) or `hold`.
 * A held one stays unacked and is handled again here with back-off: never given back to the queue to wait, since each
 * return counts towards the delivery limit. With the channel goes the right to answer: the handler's signal aborts,
 * its outcome is dropped, and the message comes again.
 */
import type { Channel, ConsumeMessage } from 'amqplib'
import { setTimeout as sleep } from 'node:timers/promises'
import { abortable } from './abortable.ts'
import { keepChannel, plainChannel } from './channel.ts'
import type { Connection } from './connection.ts'
import type { Declarations } from './declarations.ts'
import { BrokerClosed, codeOf, type ChannelLost } from './errors.ts'
import type { Log } from './log.ts'
import { backoff } from './backoff.ts'
import { toDelivery, type Delivery } from './message.ts'
import { Subscription } from './subscription.ts'

/** `hold` is tried again in this process; the text of `reject` goes to the log. */
export type Outcome = 'ack' | 'hold' | { reject: string }

export type ConsumerOptions = {
  queue: string
  /** Deliveries in hand at most; 0 takes none. */
  prefetch: number
  /** The signal aborts when the outcome no longer counts. To throw is to hold. */
  handle: (delivery: Delivery, signal: AbortSignal) => Promise<Outcome>
  /** Run on the consumer's own channel each time before it consumes: declares and binds an exclusive queue, say. */
  setup?: (channel: Channel) => Promise<unknown>
  /** No other consumer on the queue. */
  exclusive?: boolean
  /** The broker forgets a message once it is sent; outcomes mean nothing, and `prefetch` neither. */
  noAck?: boolean
  /** Begins the consumer tag, by which operators see whose consumer it is. */
  name?: string
}

export type ConsumerState = 'consuming' | 'paused' | 'waiting' | 'closed'

type Parts = { connection: Connection; declarations: Declarations; log: Log }

const CANCELLED = new Error('the broker cancelled the consumer')
const NOT_FOUND = 404
const GRACE_MS = 10_000
const MAX_PREFETCH = 65_535

export class Consumer implements AsyncDisposable {
  readonly #options: ConsumerOptions
  readonly #parts: Parts
  readonly #ending = new AbortController()
  readonly #running: Promise<void>
  readonly #inHand = new Set<Promise<void>>()
  #subscription: Subscription | undefined
  #accepted = false
  #prefetch: number
  #paused = false
  #wake = new AbortController()
  #closed: Promise<void> | undefined
  #told: ConsumerState = 'waiting'
  readonly #listeners = new Set<() => void>()

  constructor(options: ConsumerOptions, parts: Parts) {
    this.#options = options
    this.#parts = parts
    this.#prefetch = checkPrefetch(options.prefetch)
    const { signal } = this.#ending
    const about = { queue: options.queue }
    this.#running = keepChannel({ ...parts, signal, open: plainChannel, about }, (channel, lost) =>
      this.#use(channel, lost),
    )
  }

  /** `waiting`: for the broker, or for the queue to be there. */
  state(): ConsumerState {
    if (this.#closed) return 'closed'
    if (this.#paused) return 'paused'
    return this.#accepted ? 'consuming' : 'waiting'
  }

  /** Calls back after each change of `state()`; the function returned ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /**
   * Asks the broker for a sign of life over the channel that consumes: resolves when it has answered. Rejects where
   * nothing is consumed or the channel is lost; of a broker that is frozen it says nothing, so limit the wait.
   */
  async answered(): Promise<void> {
    if (!this.#subscription || this.state() !== 'consuming') throw new Error('nothing is consumed')
    await this.#subscription.answered()
  }

  /** Takes no further deliveries, from when this resolves; those in hand are finished (or held) meanwhile. */
  async pause(): Promise<void> {
    this.#paused = true
    this.#changed()
    await this.#adjust()
  }

  /** Takes deliveries again, and tries held ones again at once. */
  resume(): void {
    this.#paused = false
    this.#changed()
    this.#wakeHeld()
    void this.#adjust()
  }

  /**
   * From when this resolves the broker sends at most `prefetch` deliveries beyond those in hand until some are
   * answered; 0 takes none. Outcomes told after the call are answered after the change, so a handler that lowers the
   * prefetch as it takes something is not sent more in between.
   */
  async setPrefetch(prefetch: number): Promise<void> {
    this.#prefetch = checkPrefetch(prefetch)
    await this.#adjust()
  }

  /**
   * Takes no further deliveries, waits up to `graceMs` for the handlers in hand, then closes the channel, which gives
   * back what is unanswered (also what is held).
   */
  close(graceMs = GRACE_MS): Promise<void> {
    this.#closed ??= this.#close(graceMs)
    this.#changed()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(graceMs: number): Promise<void> {
    this.#paused = true
    await Promise.race([this.#finish(), sleep(graceMs, undefined, { ref: false })])
    this.#ending.abort(new BrokerClosed('the consumer was closed'))
    await this.#running
  }

  async #finish(): Promise<void> {
    await this.#adjust()
    this.#wakeHeld()
    await Promise.all(this.#inHand)
  }

  /** Never rejects: if the channel is lost instead, the next one begins as it should be. */
  async #adjust(): Promise<void> {
    await this.#subscription?.set(this.#wanted()).catch(() => {})
  }

  #changed(): void {
    const state = this.state()
    if (state === this.#told) return
    this.#told = state
    for (const listener of this.#listeners) listener()
  }

  #wanted(): number {
    return this.#paused ? 0 : this.#prefetch
  }

  #wakeHeld(): void {
    this.#wake.abort()
    this.#wake = new AbortController()
  }

  async #use(channel: Channel, lost: Promise<ChannelLost>): Promise<void> {
    const { queue, setup, name = queue, exclusive = false, noAck = false } = this.#options
    const { declarations, log } = this.#parts
    const over = new AbortController()
    channel.on('close', () => over.abort())
    const cancelled = Promise.withResolvers<Error>()
    const onMessage = (message: ConsumeMessage | null) => {
      if (message) this.#take(message, channel, subscription, over.signal)
      else cancelled.resolve(CANCELLED)
    }
    const subscription = new Subscription({ channel, queue, name, exclusive, noAck, onMessage })
    try {
      await declarations.attempted(this.#ending.signal)
      await setup?.(channel)
      this.#subscription = subscription
      await subscription.set(this.#wanted())
      this.#accepted = true
      this.#changed()
      log.debug({ queue }, 'consuming')
      throw await abortable(Promise.race([lost, cancelled.promise]), this.#ending.signal)
    } catch (error) {
      if (error === CANCELLED || codeOf(error) === NOT_FOUND) declarations.again()
      throw error
    } finally {
      this.#subscription = undefined
      this.#accepted = false
      this.#changed()
      over.abort()
    }
  }

  #take(message: ConsumeMessage, channel: Channel, changes: Subscription, signal: AbortSignal): void {
    const work = this.#handle(message, channel, changes, signal).finally(() => this.#inHand.delete(work))
    this.#inHand.add(work)
  }

  async #handle(message: ConsumeMessage, channel: Channel, changes: Subscription, signal: AbortSignal) {
    const { noAck, queue } = this.#options
    const delivery = toDelivery(message)
    let outcome = await this.#outcome(delivery, signal)
    for (let tries = 0; outcome === 'hold'; tries += 1) {
      const wake = AbortSignal.any([signal, this.#wake.signal])
      await sleep(backoff(tries), undefined, { signal: wake }).catch(() => {})
      if (signal.aborted || this.#closed || noAck) return
      outcome = await this.#outcome(delivery, signal)
    }
    await changes.settled()
    if (signal.aborted || noAck) return
    if (outcome === 'ack') {
      channel.ack(message)
    } else {
      this.#parts.log.warn(
        { queue, messageId: delivery.properties.messageId, reason: outcome.reject },
        'message rejected',
      )
      channel.reject(message, false)
    }
  }

  async #outcome(delivery: Delivery, signal: AbortSignal): Promise<Outcome> {
    const { handle, queue } = this.#options
    try {
      return await handle(delivery, signal)
    } catch (err) {
      if (!signal.aborted) this.#parts.log.error({ err, queue }, 'handler failed, the message is held')
      return 'hold'
    }
  }
}

function checkPrefetch(prefetch: number): number {
  if (Number.isInteger(prefetch) && prefetch >= 0 && prefetch <= MAX_PREFETCH) return prefetch
  throw new RangeError(`prefetch must be an integer from 0 to ${MAX_PREFETCH}, not ${prefetch}`)
}
