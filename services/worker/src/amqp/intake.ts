/**
 * Takes jobs from the pool's queue and the worker's own, one at a time from each, and only while there is room.
 *
 * To begin and to cease consuming is a decision of the whole quorum of a queue, too dear for every run that is over
 * in a moment. So for a moment after the last room was taken a job may still come, and waits at the door, unclaimed
 * and unacked; if no room is freed within that moment it is declined, which spends nothing, and nothing more is
 * taken until there is room. After a job that was too large for what is free, nothing is taken until more is free.
 */
import type { Broker, Consumer, Delivery, Log, Outcome } from '@carya/amqp'
import { poolQueue, workerQueue } from '@carya/contracts'
import { hasGrown, hasRoom, type Room } from '../domain/room.ts'
import type { Holdings } from '../handlers/held.ts'
import type { Standing } from '../handlers/standing.ts'
import type { TakeJob } from '../handlers/take-job.ts'
import type { Sequence } from './sequence.ts'

export type IntakeOptions = {
  broker: Broker
  pool: string
  worker: string
  holdings: Holdings
  take: TakeJob
  standing: Standing
  sequence: Sequence
  log: Log
}

/** How long a job waits at the door; a worker that is full for longer consumes nothing. */
const DOOR_MS = 250

export class Intake implements AsyncDisposable {
  readonly #options: IntakeOptions
  readonly #consumers: Consumer[]
  #isTaking = false
  #closing: NodeJS.Timeout | undefined
  #short: Room | undefined
  #changed = Promise.withResolvers<void>()

  constructor(options: IntakeOptions) {
    this.#options = options
    const { broker, holdings, pool, standing, worker } = options
    this.#consumers = [workerQueue(pool, worker), poolQueue(pool)].map((queue) => {
      const handle = (delivery: Delivery) => this.#handle(delivery)
      const consumer = broker.openConsumer({ queue, prefetch: 1, handle, name: worker })
      void consumer.pause()
      return consumer
    })
    holdings.onChange(() => this.#adjust())
    standing.onChange(() => this.#adjust())
    this.#adjust()
  }

  /** Takes jobs, or none, as things stand now. */
  #adjust(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
    const { holdings, standing } = this.#options
    const free = holdings.free()
    if (this.#short && hasGrown(free, this.#short)) this.#short = undefined
    const isOpen = standing.closed === undefined && !this.#short
    if (isOpen && hasRoom(free)) this.#take()
    else if (!isOpen) this.#cease()
    else if (this.#isTaking) this.#closing ??= setTimeout(() => this.#cease(), DOOR_MS)
  }

  #take(): void {
    clearTimeout(this.#closing)
    this.#closing = undefined
    if (this.#isTaking) return
    this.#isTaking = true
    for (const consumer of this.#consumers) consumer.resume()
  }

  #cease(): void {
    clearTimeout(this.#closing)
    this.#closing = undefined
    this.#isTaking = false
    this.#changed.resolve()
    for (const consumer of this.#consumers) void consumer.pause()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#closing)
    await Promise.all(this.#consumers.map((consumer) => consumer.close()))
  }

  async #handle(delivery: Delivery): Promise<Outcome> {
    this.#options.sequence.seen(delivery)
    let body: unknown
    try {
      body = JSON.parse(delivery.body.toString('utf8'))
    } catch {
      return { reject: 'not JSON' }
    }
    const { holdings, take } = this.#options
    while (this.#isTaking && !hasRoom(holdings.free())) await this.#changed.promise
    const free = holdings.free()
    const taken = await take(body)
    if (taken === 'short') {
      this.#short = free
      this.#adjust()
    }
    return typeof taken === 'object' ? taken : 'ack'
  }
}
