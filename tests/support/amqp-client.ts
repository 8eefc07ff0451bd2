/**
 * A plain AMQP client with one channel. That its connection is lost is told by the calls that need it: told by an event
 * that nobody listens for it would end the whole test file, and name no test.
 */
import { connect, type ConfirmChannel } from 'amqplib'

export type AmqpClient = AsyncDisposable & {
  channel: ConfirmChannel
  /** why the connection was lost; undefined while it stands */
  lost(): Error | undefined
  /** Calls back when it is lost. */
  onLost(listener: () => void): void
}

/** Connects with this URL; disposal closes the connection, whatever has become of it. */
export async function openAmqpClient(url: string): Promise<AmqpClient> {
  const connection = await connect(url, { noDelay: true })
  let lost: Error | undefined
  connection.on('error', (err: Error) => (lost = err))
  const channel = await connection.createConfirmChannel()
  channel.on('error', () => {})
  return {
    channel,
    lost: () => lost,
    onLost: (listener) => void connection.on('close', listener),
    [Symbol.asyncDispose]: () => connection.close().catch(() => {}),
  }
}
