/** Reports and heartbeats on their way out: with our login, by which the broker vouches for them. */
import { MessageNacked, MessageRefused, MessageReturned, type Publisher } from '@carya/amqp'
import { exchanges, workerUser } from '@carya/contracts'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Beats, Reports } from '../ports.ts'

const LARGE_BYTES = 2 ** 20
const AGAIN_MS = 1_000

/** Reports wait as long as it takes, while the broker or their queue is away. Rejects when the publisher is closed. */
export function openReports(publisher: Publisher, worker: string): Reports {
  const properties = { contentType: 'application/json', userId: workerUser(worker) }
  return {
    async publish(report) {
      const body = Buffer.from(JSON.stringify(report))
      const messageId = crypto.randomUUID()
      for (;;) {
        try {
          await publisher.publish({
            exchange: exchanges.reports,
            routingKey: '',
            body,
            properties: { ...properties, type: report.kind, messageId },
          })
          return 'confirmed'
        } catch (error) {
          if (error instanceof MessageRefused && body.length > LARGE_BYTES) return 'too large'
          if (!(error instanceof MessageReturned || error instanceof MessageNacked)) throw error
        }
        await sleep(AGAIN_MS, undefined, { ref: false })
      }
    },
  }
}

/** A heartbeat that cannot leave is soon followed by another, so all trouble with one is passed over. */
export function openBeats(publisher: Publisher, worker: string): Beats {
  return {
    async send(beat, seconds, signal) {
      const message = {
        exchange: exchanges.heartbeats,
        routingKey: '',
        body: Buffer.from(JSON.stringify(beat)),
        persistent: false,
        mandatory: false,
        properties: { contentType: 'application/json', type: 'heartbeat', userId: workerUser(worker) },
      }
      const either = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)])
      await publisher.publish(message, either).catch(() => {})
    },
  }
}
