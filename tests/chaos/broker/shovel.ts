/**
 * Does to messages what brokers, relays and networks may do: delivers each twice, or a handful in the wrong order. An
 * administrator's client that stands between exchanges and queues; it keeps the senders' logins, as no user of ours may.
 */
import { controlQueue, exchanges, poolQueue, queues, workerQueue } from '@carya/contracts'
import type { ConsumeMessage, Options } from 'amqplib'
import { randomBytes } from 'node:crypto'
import { openAmqpClient } from '../../support/amqp-client.ts'
import type { Installation } from '../../support/installation.ts'

export type Shovel = AsyncDisposable & {
  /** how many messages it has published */
  count(): number
}

/** Workers must be known: their queues are to be there. */
export async function openShovel(
  installation: Installation,
  mode: 'twice' | 'last first',
  workers: readonly string[],
): Promise<Shovel> {
  await using stack = new AsyncDisposableStack()
  const { name, broker } = installation
  const user = `shovel-${randomBytes(6).toString('hex')}`
  await broker.createUser(user, user, 'impersonator')
  stack.defer(async () => void (await broker.deleteUser(user)))
  await broker.permit(name, user)
  const url = new URL(installation.adminUrl)
  ;[url.username, url.password] = [user, user]
  const { channel } = stack.use(await openAmqpClient(url.href))
  let count = 0
  const timers = new Set<NodeJS.Timeout>()
  stack.defer(() => timers.forEach(clearTimeout))

  const forward = (queue: string, { content, properties }: ConsumeMessage) => {
    count += 1
    // what is not set comes as undefined, and is left out
    const options: Options.Publish = { ...properties, persistent: properties.deliveryMode === 2 }
    channel.sendToQueue(queue, content, options)
  }
  const heap = (queue: string) => {
    let waiting: ConsumeMessage[] = []
    return (message: ConsumeMessage) => {
      if (waiting.length === 0) {
        const timer = setTimeout(() => {
          timers.delete(timer)
          for (const each of waiting.toReversed()) forward(queue, each)
          waiting = []
        }, HEAP_MS)
        timers.add(timer)
      }
      waiting.push(message)
    }
  }

  for (const { exchange, key, queue } of ways(workers)) {
    const own = (await channel.assertQueue('', { exclusive: true })).queue
    const pass = mode === 'twice' ? (message: ConsumeMessage) => forward(queue, message) : heap(queue)
    await channel.consume(own, (message) => message && pass(message), { noAck: true })
    await channel.bindQueue(own, exchange, key)
    // for a copy both ways stay open; to reorder, the straight one is closed: but not that of a worker's exclusive queue
    if (mode === 'last first' && exchange !== exchanges.control)
      await channel.unbindQueue(queue, exchange, key)
  }
  const owned = stack.move()
  return { count: () => count, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** Long enough for an attempt's reports to come together. */
const HEAP_MS = 400

function ways(workers: readonly string[]) {
  const jobs = [poolQueue('default'), ...workers.map((worker) => workerQueue('default', worker))]
  return [
    { exchange: exchanges.requests, key: '', queue: queues.requests },
    { exchange: exchanges.reports, key: '', queue: queues.reports },
    { exchange: exchanges.heartbeats, key: '', queue: queues.heartbeats },
    ...jobs.map((queue) => ({ exchange: exchanges.jobs, key: queue, queue })),
    ...workers.map((worker) => ({ exchange: exchanges.control, key: worker, queue: controlQueue(worker) })),
  ]
}
