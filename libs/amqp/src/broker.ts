import { Connection } from './connection.ts'
import { Consumer, type ConsumerOptions } from './consumer.ts'
import { Declarations, type Declaration } from './declarations.ts'
import { BrokerClosed } from './errors.ts'
import type { Log } from './log.ts'
import { Publisher } from './publisher.ts'
import { countReady, deleteQueue } from './queue.ts'

export type BrokerOptions = {
  /** `amqp://user:password@host:port/vhost`; a `heartbeat` in its query goes before `heartbeatSeconds`. */
  url: string
  /** What the broker shows as the name of the connections, followed by what each is for. */
  name: string
  log: Log
  /** Default 10: a frozen peer is noticed, and its exclusive queues freed, after three of them. */
  heartbeatSeconds?: number
  connectTimeoutMs?: number
}

export type BrokerState = { publish: 'up' | 'blocked' | 'down'; consume: 'up' | 'down' }

export type Broker = AsyncDisposable & {
  /** `maxInFlight`: unconfirmed messages at most (default 1,000); further ones wait in `publish`. */
  openPublisher(options?: { maxInFlight?: number }): Publisher
  openConsumer(options: ConsumerOptions): Consumer
  /** Has these made now, after every reconnection before anything is consumed, and when something was missing. */
  declare(declarations: Iterable<Declaration>): void
  /** Has all that was ever declared made again, soon: something was found missing. */
  renew(): void
  /** Has these made no more, and deletes the queue that they were for, with all that is in it. */
  remove(queue: string, declarations: Iterable<Declaration>): Promise<void>
  /** Messages ready in a queue; undefined: there is none of that name. Needs the permission to configure it. */
  count(queue: string): Promise<number | undefined>
  /** Both connections are up and all declarations made. Rejects with BrokerClosed or the signal's reason. */
  ready(signal?: AbortSignal): Promise<void>
  state(): BrokerState
  /** Calls back after each change of `state()`; the function returned ends that. */
  onChange(listener: () => void): () => void
}

/**
 * Connects in the background, for ever: returns at once, and all that is opened here waits until the broker can be
 * reached. Two connections, one to publish and one to consume: a broker short of memory stops reading from those that
 * publish, and acks must still get through (H25).
 *
 * Disposing closes consumers (their handlers may still publish), then publishers, then the connections; it may be done
 * before the broker was ever reached, and twice. Throws a TypeError at once if the URL is none of AMQP's.
 */
export function openBroker(options: BrokerOptions): Broker {
  const { url, name, log, heartbeatSeconds = 10, connectTimeoutMs = 10_000 } = options
  checkUrl(url)
  const shared = { url, log, heartbeatSeconds, connectTimeoutMs }
  const publish = new Connection({ ...shared, name: `${name} publish` })
  const consume = new Connection({ ...shared, name: `${name} consume` })
  const ending = new AbortController()
  const declarations = new Declarations({ connection: consume, log, signal: ending.signal })
  const publishers = new Set<Publisher>()
  const consumers = new Set<Consumer>()
  let closed: Promise<void> | undefined

  const checkOpen = () => {
    if (closed) throw new BrokerClosed()
  }
  const close = async () => {
    await Promise.all([...consumers].map((consumer) => consumer.close()))
    await Promise.all([...publishers].map((publisher) => publisher[Symbol.asyncDispose]()))
    ending.abort(new BrokerClosed())
    await declarations.closed
    await Promise.all([publish[Symbol.asyncDispose](), consume[Symbol.asyncDispose]()])
  }

  return {
    openPublisher({ maxInFlight = 1_000 } = {}) {
      checkOpen()
      const publisher = new Publisher({
        connection: publish,
        maxInFlight,
        log,
        onMissing: () => declarations.again(),
      })
      publishers.add(publisher)
      return publisher
    },
    openConsumer(consumerOptions) {
      checkOpen()
      const consumer = new Consumer(consumerOptions, { connection: consume, declarations, log })
      consumers.add(consumer)
      return consumer
    },
    declare(wanted) {
      checkOpen()
      declarations.add(wanted)
    },
    renew: () => declarations.again(),
    async remove(queue, unwanted) {
      declarations.remove(unwanted)
      await deleteQueue(consume, queue, ending.signal)
    },
    count: (queue) => countReady(consume, queue, ending.signal),
    async ready(signal) {
      const either = signal ? AbortSignal.any([signal, ending.signal]) : ending.signal
      await Promise.all([publish.model(either), consume.model(either), declarations.made(either)])
    },
    state: () => ({ publish: publish.state, consume: consume.state === 'down' ? 'down' : 'up' }),
    onChange(listener) {
      const ends = [publish.onChange(listener), consume.onChange(listener)]
      return () => ends.forEach((end) => end())
    },
    [Symbol.asyncDispose]() {
      closed ??= close()
      return closed
    },
  }
}

function checkUrl(url: string): void {
  const parsed = URL.parse(url)
  if (parsed?.protocol === 'amqp:' || parsed?.protocol === 'amqps:') return
  throw new TypeError('the broker needs a URL that begins with amqp:// or amqps://') // not shown: it holds a password
}
