/**
 * One channel, kept open for ever: a closed channel is not reopened by amqplib, whatever closed it (a publish to a
 * missing exchange, a missing queue, `consumer_timeout`, …), and all that lived on it is dead.
 */
import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib'
import { setTimeout as sleep } from 'node:timers/promises'
import { abortable } from './abortable.ts'
import { backoff } from './backoff.ts'
import type { Connection } from './connection.ts'
import { ChannelLost, codeOf } from './errors.ts'
import type { Log } from './log.ts'

export type KeepOptions<C extends Channel> = {
  connection: Connection
  open: (model: ChannelModel) => Promise<C>
  /** Its abort ends all of it; the channel in use is closed in good order. */
  signal: AbortSignal
  log: Log
  /** Fields that tell in the log whose channel it is. */
  about?: object
}

/** The two kinds of channel, for `open`. */
export const plainChannel = (model: ChannelModel): Promise<Channel> => model.createChannel()
export const confirmChannel = (model: ChannelModel): Promise<ConfirmChannel> => model.createConfirmChannel()

const STEADY_MS = 1_000 // a channel that lived this long was a good one: the next trouble is a new one
const GOODBYE_MS = 2_000

/**
 * Opens a channel and hands it to `use`, and does so again whenever `use` has ended: at once if it resolved (it did
 * its work until the channel was lost), with back-off if it rejected. `lost` resolves
 * when the channel has ended. Never rejects; resolves when the signal has aborted and the channel is closed.
 */
export async function keepChannel<C extends Channel>(
  { connection, open, signal, log, about }: KeepOptions<C>,
  use: (channel: C, lost: Promise<ChannelLost>) => Promise<void>,
): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    const since = performance.now()
    try {
      const model = await connection.model(signal)
      const channel = await abortable(open(model), signal)
      const lost = watch(channel, log)
      try {
        await use(channel, lost)
        failures = 0
      } finally {
        await Promise.race([close(channel), lost, sleep(GOODBYE_MS, undefined, { ref: false })])
      }
    } catch (error) {
      if (signal.aborted) return
      if (performance.now() - since > STEADY_MS) failures = 0
      const delayMs = Math.round(backoff(failures))
      if (connection.state === 'down') {
        failures = 0 // no fault of the channel's, and the connection has its own back-off and tells of it
      } else {
        failures += 1
        log.warn({ ...about, err: error, delayMs }, 'channel lost, opening another')
      }
      await sleep(delayMs, undefined, { signal }).catch(() => {})
    }
  }
}

function watch(channel: Channel, log: Log): Promise<ChannelLost> {
  return new Promise((resolve) => {
    let cause: Error | undefined
    channel.on('error', (error) => (cause = error))
    channel.on('handler-error', (err) => log.error({ err }, 'listener failed'))
    // amqplib ends the channels of a lost connection with 'close' alone, so a cause means that this one was closed
    channel.on('close', () => resolve(new ChannelLost(cause?.message ?? 'connection lost', codeOf(cause))))
  })
}

/** Closes a channel that may have been closed already. */
async function close(channel: Channel): Promise<void> {
  try {
    await channel.close()
  } catch {
    // it has gone, which is what was wanted
  }
}
