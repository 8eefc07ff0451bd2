/** What is asked of one queue, on a channel of its own: the broker closes it where there is no such queue. */
import type { Channel } from 'amqplib'
import { abortable } from './abortable.ts'
import type { Connection } from './connection.ts'
import { codeOf } from './errors.ts'

const NOT_FOUND = 404
const PATIENCE_MS = 5000

/** Messages ready; undefined where there is no such queue. Rejects where the broker is away or does not answer. */
export function countReady(
  connection: Connection,
  queue: string,
  ending: AbortSignal,
): Promise<number | undefined> {
  return onOwnChannel(connection, ending, async (channel) => {
    try {
      return (await channel.checkQueue(queue)).messageCount
    } catch (error) {
      if (codeOf(error) === NOT_FOUND) return undefined
      throw error
    }
  })
}

/** Deletes a queue with all that is in it; harmless where there is none. Rejects as above. */
export async function deleteQueue(connection: Connection, queue: string, ending: AbortSignal): Promise<void> {
  await onOwnChannel(connection, ending, (channel) => channel.deleteQueue(queue))
}

async function onOwnChannel<T>(
  connection: Connection,
  ending: AbortSignal,
  use: (channel: Channel) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.any([ending, AbortSignal.timeout(PATIENCE_MS)])
  const model = await connection.model(signal)
  const channel = await abortable(model.createChannel(), signal)
  channel.on('error', () => undefined)
  try {
    return await abortable(use(channel), signal)
  } finally {
    // one that the broker has closed cannot be closed
    await abortable(close(channel), signal).catch(() => undefined)
  }
}

async function close(channel: Channel): Promise<void> {
  await channel.close()
}
