import type { Options } from 'amqplib'
import { asBuffer, publishOptions, type Outgoing } from './message.ts'

/** A message on its way out, and the promise its publisher holds: settled once, and then left alone. */
export class Entry {
  readonly exchange: string
  readonly routingKey: string
  readonly body: Buffer
  readonly options: Options.Publish
  readonly promise: Promise<void>
  readonly #resolve: () => void
  readonly #reject: (reason: unknown) => void
  #settled = false

  constructor(message: Outgoing) {
    this.exchange = message.exchange
    this.routingKey = message.routingKey
    this.body = asBuffer(message.body)
    this.options = publishOptions(message)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.promise = promise
    this.#resolve = resolve
    this.#reject = reject
  }

  get settled(): boolean {
    return this.#settled
  }

  resolve(): void {
    this.#settled = true
    this.#resolve()
  }

  reject(reason: unknown): void {
    this.#settled = true
    this.#reject(reason)
  }
}
