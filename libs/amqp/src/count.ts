/** How many messages wait in a queue, on a channel of its own: asking for one that is not there closes it. */
import type { Channel } from 'amqplib'
import { abortable } from './abortable.ts'
import type { Connection } from './connection.ts'
import { codeOf } from './errors.ts'

const NOT_FOUND = 404
const PATIENCE_MS = 5000

/** Messages ready; undefined where there is no such queue. Rejects where the broker is away or does not answer. */
export async function countReady(
  connection: Connection,
  queue: string,
  ending: AbortSignal,
): Promise<number | undefined> {
  const signal = AbortSignal.any([ending, AbortSignal.timeout(PATIENCE_MS)])
  const model = await connection.model(signal)
  const channel = await abortable(model.createChannel(), signal)
  channel.on('error', () => undefined)
  try {
    const { messageCount } = await abortable(channel.checkQueue(queue), signal)
    return messageCount
  } catch (error) {
    if (codeOf(error) === NOT_FOUND) return undefined
    throw error
  } finally {
    // one that the broker has closed cannot be closed
    await abortable(close(channel), signal).catch(() => undefined)
  }
}

async function close(channel: Channel): Promise<void> {
  await channel.close()
}
