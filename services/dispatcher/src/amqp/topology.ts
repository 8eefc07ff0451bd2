/** The contracts' topology as declarations: each alone, so that one that the broker refuses does not stop the others. */
import type { Declaration } from '@carya/amqp'
import {
  exchangeDeclarations,
  jobQueue,
  poolQueue,
  queueDeclarations,
  workerQueue,
  type QueueDeclaration,
} from '@carya/contracts'

/** Exchanges, queues and bindings that exist whatever workers there are. */
export function fixedTopology(): Declaration[] {
  return [
    ...exchangeDeclarations.map(
      ({ name, type }): Declaration =>
        (channel) =>
          channel.assertExchange(name, type, { durable: true }),
    ),
    ...queueDeclarations.flatMap(declareQueue),
  ]
}

/** The queues that a worker takes jobs from: its pool's and its own. */
export function workerTopology(pool: string, worker: string): Declaration[] {
  return [poolQueue(pool), workerQueue(pool, worker)].map(jobQueue).flatMap(declareQueue)
}

function declareQueue({ name, arguments: args, bindings }: QueueDeclaration): Declaration[] {
  return [
    (channel) => channel.assertQueue(name, { durable: true, arguments: args }),
    // a binding of its own: where the queue stands with other arguments, it must be bound all the same
    ...bindings.map(
      ({ exchange, key }): Declaration =>
        (channel) =>
          channel.bindQueue(name, exchange, key),
    ),
  ]
}
