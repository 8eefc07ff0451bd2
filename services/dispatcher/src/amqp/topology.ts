/** The contracts' topology as declarations: each alone, so that one that the broker refuses does not stop the others. */
import type { Declaration } from '@carya/amqp'
import { exchangeDeclarations, jobQueue, queueDeclarations, type QueueDeclaration } from '@carya/contracts'

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

/** A queue of jobs: a pool's, or a worker's own. */
export function jobTopology(name: string): Declaration[] {
  return declareQueue(jobQueue(name))
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
