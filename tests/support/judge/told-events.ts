/**
 * What the world is told of runs: their events that are published to `carya.events`, kept by a durable queue of its own,
 * so that nothing is missed while the broker is away.
 */
import { openBroker } from '@carya/amqp'
import { exchanges, RunEvent } from '@carya/contracts'
import { EventEmitter, once } from 'node:events'

export const JUDGE_QUEUE = 'judge'

export type ToldEvents = AsyncDisposable & {
  /** the distinct events of a run: a second telling of the same one (by its id) is none */
  of(run: string): RunEvent[]
  /** every run that was told of */
  runs(): string[]
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Listens from when this resolves: the exchange must be there. `url` is an administrator's. */
export async function hearEvents(url: string): Promise<ToldEvents> {
  const told = new Map<string, Map<string, RunEvent>>()
  const news = new EventEmitter()
  const broker = openBroker({ url, name: 'judge', log: silent })
  const bound = once(news, 'bound')
  broker.openConsumer({
    queue: JUDGE_QUEUE,
    prefetch: 256,
    setup: async (channel) => {
      await channel.assertQueue(JUDGE_QUEUE, { durable: true, arguments: { 'x-queue-type': 'classic' } })
      await channel.bindQueue(JUDGE_QUEUE, exchanges.events, 'run.#')
      news.emit('bound')
    },
    async handle({ body }) {
      const event = RunEvent.parse(JSON.parse(body.toString()))
      const events = told.get(event.subject) ?? new Map<string, RunEvent>()
      told.set(event.subject, events.set(event.id, event))
      return 'ack'
    },
  })
  await bound
  return {
    of: (run) => [...(told.get(run)?.values() ?? [])],
    runs: () => [...told.keys()],
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  }
}
