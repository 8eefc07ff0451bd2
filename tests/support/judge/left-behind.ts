/** What must not be there any more when all runs have ended: containers, jobs, reports, and Redis' live sets. */
import { labels, queueDeclarations, queues } from '@carya/contracts'
import type Docker from 'dockerode'
import type { Redis } from 'ioredis'
import { openAmqpClient } from '../amqp-client.ts'
import type { Installation } from '../installation.ts'
import { JUDGE_QUEUE } from './told-events.ts'

/** A sentence for each thing that was left, in no order. */
export async function leftBehind(installation: Installation, engines: readonly Docker[]): Promise<string[]> {
  const [containers, inQueues, keys] = await Promise.all([
    Promise.all(engines.map((each) => containersLeft(each, installation.name))),
    messagesLeft(installation),
    keysLeft(installation.redis),
  ])
  return [...containers.flat(), ...inQueues, ...keys]
}

async function containersLeft(engine: Docker, installation: string): Promise<string[]> {
  const filters = { label: [`${labels.installation}=${installation}`] }
  const left = await engine.listContainers({ all: true, filters })
  return left.map(({ Names, State }) => `a container is left: ${Names.join(' ')}, ${State}`)
}

const OURS = new Set<string>(queueDeclarations.map(({ name }) => name))
/** Rejected requests are kept for an operator; heartbeats are never at rest; the judge's own are read by the judge. */
const MAY_HOLD = new Set<string>([queues.rejected, queues.heartbeats, JUDGE_QUEUE])

async function messagesLeft({ adminUrl, broker, name }: Installation): Promise<string[]> {
  const found = await broker.queues(name)
  const strange = found.filter((queue) => !isExpected(queue.name))
  const ours = found.filter((queue) => /^carya\.(?!control\.)/.test(queue.name) && !MAY_HOLD.has(queue.name))
  // the broker's statistics, which alone count what is unacked, are some seconds old: the queues are asked as well
  await using client = await openAmqpClient(adminUrl)
  const counts = []
  for (const queue of ours) {
    const { messageCount } = await client.channel.checkQueue(queue.name)
    counts.push({ name: queue.name, count: Math.max(messageCount, queue.messages ?? 0) })
  }
  return [
    ...strange.map((queue) => `a queue is left that nobody declares: ${queue.name}`),
    ...counts
      .filter(({ count }) => count > 0)
      .map((queue) => `${queue.count} messages are left in ${queue.name}`),
  ]
}

function isExpected(queue: string): boolean {
  return OURS.has(queue) || queue === JUDGE_QUEUE || /^(carya\.(jobs|control)\.|amq\.gen|reply\.)/.test(queue)
}

/** Sets that hold runs and messages only while something is to be done about them. */
const LIVE = /^carya:(due|deadlines?|pool:.*:(queued|running|line:.*)|worker:.*:held|outbox:.*)$/

async function keysLeft(redis: Redis): Promise<string[]> {
  const left: string[] = []
  for await (const page of redis.scanStream({ match: 'carya:*', count: 1000 })) {
    const keys: string[] = page
    for (const key of keys.filter((each) => LIVE.test(each))) {
      const size = await sizeOf(redis, key)
      if (size > 0) left.push(`${size} entries are left in Redis' ${key}`)
    }
  }
  return left
}

async function sizeOf(redis: Redis, key: string): Promise<number> {
  switch (await redis.type(key)) {
    case 'hash':
      return redis.hlen(key)
    case 'zset':
      return redis.zcard(key)
    case 'stream':
      return redis.xlen(key)
    case 'set':
      return redis.scard(key)
    case 'list':
      return redis.llen(key)
    default:
      return 0
  }
}
