/**
 * The queue of orders to this worker. It is exclusive, and so the lock on the worker's name (H18): while another
 * connection holds it, this worker waits, takes nothing and says nothing; nor does it from the moment that its own
 * connection is lost, for a broker that missed its heartbeats has let another one in.
 */
import type { Broker, Channel, Delivery, Log, Outcome } from '@carya/amqp'
import { controlQueue, exchanges, Orders } from '@carya/contracts'
import type { Sequence } from './sequence.ts'

export type ControlOptions = {
  broker: Broker
  worker: string
  obey: (orders: Orders) => void
  onLock: (lock: 'ours' | 'lost' | 'taken') => void
  sequence: Sequence
  log: Log
}

const PREFETCH = 256
const RESOURCE_LOCKED = 405

export function openControl({
  broker,
  worker,
  obey,
  onLock,
  sequence,
  log,
}: ControlOptions): AsyncDisposable {
  const queue = controlQueue(worker)
  const setup = async (channel: Channel): Promise<void> => {
    try {
      await channel.assertQueue(queue, { exclusive: true, durable: false, autoDelete: false })
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === RESOURCE_LOCKED) {
        log.warn({ worker }, 'another worker of this name is connected: waiting until it has gone')
        onLock('taken')
      }
      throw error
    }
    await channel.bindQueue(queue, exchanges.control, worker)
    channel.once('close', () => onLock('lost'))
    onLock('ours')
  }
  const handle = (delivery: Delivery): Promise<Outcome> => {
    sequence.seen(delivery)
    const orders = parse(delivery.body)
    if (!orders) log.warn({ queue }, 'orders that cannot be read')
    else if (orders.worker === worker) obey(orders)
    return Promise.resolve('ack')
  }
  return broker.openConsumer({ queue, prefetch: PREFETCH, exclusive: true, setup, handle, name: worker })
}

function parse(body: Buffer): Orders | undefined {
  try {
    return Orders.safeParse(JSON.parse(body.toString('utf8'))).data
  } catch {
    return undefined
  }
}
