/**
 * One confirm channel with a queue before it. Sends in order, never more than `window` unconfirmed, and nothing while
 * the connection is blocked. An entry leaves the lane in one of two ways: settled by the broker's word (confirmed,
 * returned, nacked), or handed to `onLost` when the channel ended before that word came.
 */
import type { ConfirmChannel, Message, MessageFields } from 'amqplib'
import { abortable } from './abortable.ts'
import { confirmChannel, keepChannel } from './channel.ts'
import type { Connection } from './connection.ts'
import type { Entry } from './entry.ts'
import { MessageNacked, MessageRefused, MessageReturned, type ChannelLost } from './errors.ts'
import { Fifo } from './fifo.ts'
import type { Log } from './log.ts'

export type LaneOptions = {
  connection: Connection
  window: number
  signal: AbortSignal
  log: Log
  /** All that were unconfirmed when the channel ended, in order; some may have been settled since. */
  onLost: (unconfirmed: Entry[], loss: ChannelLost) => void
  /** The broker has dealt with this entry, so its exchange exists. */
  onDealtWith: (entry: Entry) => void
}

/** What amqplib's types do not tell: a returned message carries its reason. */
type Reason = { replyCode?: number; replyText?: string }

export class Lane {
  readonly closed: Promise<void>
  readonly #options: LaneOptions
  readonly #waiting = new Fifo<Entry>()
  /** By delivery tag: the n-th publish on a channel has tag n. */
  readonly #unconfirmed = new Map<number, Entry>()
  #channel: ConfirmChannel | undefined
  #lastTag = 0

  constructor(options: LaneOptions) {
    this.#options = options
    const ignore = options.connection.onChange(() => this.#pump())
    const kept = keepChannel({ ...options, open: confirmChannel }, (channel, lost) =>
      this.#use(channel, lost),
    )
    this.closed = kept.finally(ignore)
  }

  push(entry: Entry): void {
    this.#waiting.push(entry)
    this.#pump()
  }

  putBack(entries: readonly Entry[]): void {
    this.#waiting.unshift(entries)
    this.#pump()
  }

  /** Takes back all that wait here for an exchange. */
  withdraw(exchange: string): Entry[] {
    return this.#waiting.extract((entry) => entry.exchange === exchange)
  }

  async #use(channel: ConfirmChannel, lost: Promise<ChannelLost>): Promise<void> {
    this.#lastTag = 0
    channel.on('ack', ({ deliveryTag, multiple }) => this.#confirm(deliveryTag, multiple, true))
    channel.on('nack', ({ deliveryTag, multiple }) => this.#confirm(deliveryTag, multiple, false))
    channel.on('return', (message) => this.#returned(message))
    channel.on('close', () => (this.#channel = undefined))
    this.#channel = channel
    this.#pump()
    const loss = await abortable(lost, this.#options.signal)
    const unconfirmed = [...this.#unconfirmed.values()]
    this.#unconfirmed.clear()
    this.#options.onLost(unconfirmed, loss)
  }

  #pump(): void {
    const { connection, window } = this.#options
    while (this.#channel && connection.state === 'up' && this.#unconfirmed.size < window) {
      const entry = this.#waiting.shift()
      if (!entry) return
      if (!entry.settled) this.#send(this.#channel, entry)
    }
  }

  #send(channel: ConfirmChannel, entry: Entry): void {
    try {
      // The answer, whether the buffer is full, is no news: what may be unconfirmed is bounded by the window.
      channel.publish(entry.exchange, entry.routingKey, entry.body, entry.options)
    } catch (error) {
      // encoded before anything is written, so the channel is as it was and no tag is used up
      entry.reject(new MessageRefused(`a message cannot be encoded: ${String(error)}`, undefined, error))
      return
    }
    this.#lastTag += 1
    this.#unconfirmed.set(this.#lastTag, entry)
  }

  #confirm(tag: number, multiple: boolean, taken: boolean): void {
    if (multiple) {
      for (const earlier of this.#unconfirmed.keys()) {
        if (earlier > tag) break
        this.#settle(earlier, taken)
      }
    } else {
      this.#settle(tag, taken)
    }
    this.#pump()
  }

  #settle(tag: number, taken: boolean): void {
    const entry = this.#unconfirmed.get(tag)
    if (!entry) return
    this.#unconfirmed.delete(tag)
    if (taken) entry.resolve()
    else entry.reject(new MessageNacked(entry.exchange, entry.routingKey))
    this.#options.onDealtWith(entry)
  }

  /** A returned message is confirmed as well, but afterwards: so it is settled here first. */
  #returned(message: Message): void {
    const { properties } = message
    const fields: MessageFields & Reason = message.fields
    for (const entry of this.#unconfirmed.values()) {
      const same = entry.options.messageId === properties.messageId && entry.routingKey === fields.routingKey
      if (!same || entry.exchange !== fields.exchange || entry.settled) continue
      entry.reject(
        new MessageReturned(entry.exchange, entry.routingKey, fields.replyCode ?? 0, fields.replyText ?? ''),
      )
      this.#options.onDealtWith(entry)
      return
    }
  }
}
