/** What the holder of a login may try on a broker with the whole topology, each on a connection of its own. */
import {
  controlQueue,
  exchangeDeclarations,
  exchanges,
  jobQueue,
  poolQueue,
  queueDeclarations,
  workerQueue,
} from '@carya/contracts'
import { connect, type ChannelModel, type ConfirmChannel, type Options } from 'amqplib'
import { once } from 'node:events'
import { install } from '../../support/stack.ts'

/** Queues of jobs of two pools, and of one worker each. */
export const jobQueues = [
  poolQueue('default'),
  workerQueue('default', 'w1'),
  workerQueue('default', 'w2'),
  poolQueue('gpu'),
  workerQueue('gpu', 'g1'),
]

export type Attempt = (channel: ConfirmChannel) => Promise<unknown>

/** Ends with what the broker says: `done`, or the code and text of its refusal. */
export type Try = (user: string, attempt: Attempt) => Promise<string>

/** The broker as it is while the service runs, with the workers w1 and w2, and the submitters ann and bob. */
export async function setUp() {
  await using stack = new AsyncDisposableStack()
  const installation = stack.use(await install())
  const admin = await connect(installation.adminUrl)
  stack.defer(() => admin.close())
  const channel = await admin.createChannel()
  for (const { name, type } of exchangeDeclarations) await channel.assertExchange(name, type)
  for (const { name, arguments: given, bindings } of [...queueDeclarations, ...jobQueues.map(jobQueue)]) {
    await channel.assertQueue(name, { arguments: given })
    for (const { exchange, key } of bindings) await channel.bindQueue(name, exchange, key)
  }
  // of a worker and a submitter who are there
  await channel.assertQueue(controlQueue('w2'), { durable: true })
  await channel.bindQueue(controlQueue('w2'), exchanges.control, 'w2')
  await channel.assertQueue('reply.bob.1', { durable: true })
  for (const worker of ['w1', 'w2']) await installation.permitWorker(worker)
  for (const user of ['ann', 'bob']) await installation.submitter(user)
  const owned = stack.move()
  const tryOut: Try = async (user, attempt) => {
    const connection = await connect(installation.amqpUrl(user))
    try {
      return await said(connection, attempt)
    } finally {
      // closed by the broker where it minded enough
      await connection.close().catch(() => undefined)
    }
  }
  return { admin: channel, tryOut, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

async function said(connection: ChannelModel, attempt: Attempt): Promise<string> {
  connection.on('error', () => {}) // told by the channel, or by the attempt
  const channel = await connection.createConfirmChannel()
  const refused = once(channel, 'error').then(([error]: Error[]) => String(error?.message))
  // the refusal of an attempt is its channel's too, which says it whole
  const done = attempt(channel).then(
    () => 'done',
    () => refused,
  )
  return Promise.race([done, refused])
}

/** Publishes, and waits for the broker's word; `unroutable` does not count as a refusal. */
export const publish =
  (exchange: string, key: string, options: Options.Publish = {}): Attempt =>
  (channel) => {
    channel.publish(exchange, key, Buffer.from('{}'), options)
    return channel.waitForConfirms()
  }
export const consume =
  (queue: string): Attempt =>
  (channel) =>
    channel.consume(queue, () => {})
export const get =
  (queue: string): Attempt =>
  (channel) =>
    channel.get(queue)
export const bind =
  (queue: string, exchange: string, key: string): Attempt =>
  (channel) =>
    channel.bindQueue(queue, exchange, key)
export const unbind =
  (queue: string, exchange: string, key: string): Attempt =>
  (channel) =>
    channel.unbindQueue(queue, exchange, key)
export const bindExchange =
  (to: string, from: string, key: string): Attempt =>
  (channel) =>
    channel.bindExchange(to, from, key)
export const declare =
  (queue: string, options: Options.AssertQueue = {}): Attempt =>
  (channel) =>
    channel.assertQueue(queue, options)
export const declareExchange =
  (exchange: string): Attempt =>
  (channel) =>
    channel.assertExchange(exchange, 'fanout')
export const deleteQueue =
  (queue: string): Attempt =>
  (channel) =>
    channel.deleteQueue(queue)
export const deleteExchange =
  (exchange: string): Attempt =>
  (channel) =>
    channel.deleteExchange(exchange)
export const purge =
  (queue: string): Attempt =>
  (channel) =>
    channel.purgeQueue(queue)

/** One after the other on the same channel. */
export const first =
  (...attempts: Attempt[]): Attempt =>
  async (channel) => {
    for (const attempt of attempts) await attempt(channel)
  }
