/**
 * Takes jobs from the pool's queue and the worker's own, one at a time from each, and only while there is room: a
 * consumer is paused before the job that took the last room is acked, so no job waits here that another worker could
 * run. After a job that was too large for what is free, nothing is taken until more is free: it would come again.
 */
import type { Broker, Consumer, Delivery, Log, Outcome } from '@carya/amqp'
import { poolQueue, workerQueue } from '@carya/contracts'
import { hasRoom, type Room } from '../domain/room.ts'
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

export class Intake implements AsyncDisposable {
  readonly #options: IntakeOptions
  readonly #consumers: Consumer[]
  #isTaking = false
  #short: Room | undefined

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
    const free = this.#options.holdings.free()
    if (this.#short && (free.cpus > this.#short.cpus || free.memory > this.#short.memory))
      this.#short = undefined
    const isTaking = this.#options.standing.closed === undefined && hasRoom(free) && !this.#short
    if (isTaking === this.#isTaking) return
    this.#isTaking = isTaking
    for (const consumer of this.#consumers) {
      if (isTaking) consumer.resume()
      else void consumer.pause()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
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
    const free = this.#options.holdings.free()
    const taken = await this.#options.take(body)
    if (taken === 'short') {
      this.#short = free
      this.#adjust()
    }
    return typeof taken === 'object' ? taken : 'ack'
  }
}
