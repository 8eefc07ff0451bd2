/**
 * BullMQ holds time: it wakes us for what must be done later, and survives restarts. A timer is a hint: what is due
 * stands in the records, and every wake-up only has that judged again, so one that is late, doubled or lost is
 * harmless (H11). The recurring sweep is put up again at every start, since its one delayed job can be lost.
 */
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import type { Log } from '@carya/amqp'
import { milliseconds } from '@carya/contracts'

const PREFIX = 'carya:bull'
const QUEUE = 'timers'

export type Timers = {
  /** Has `due` run at about this time. */
  wakeAt(time: string): void
  [Symbol.asyncDispose](): Promise<void>
}

export type TimerHandlers = { due: () => Promise<void>; sweep: () => Promise<void> }

/** Wake-ups that are less than this apart are one. */
const GRAIN_MS = 100
/** What is further away is woken for by the sweeps in between. */
const FURTHEST_MS = 7 * 86_400_000

export type TimerParts = {
  url: string
  /** Redis' time in milliseconds: what is due is judged by it */
  now: () => number
  everyMs: number
  handlers: TimerHandlers
  log: Log
}

export async function openTimers({ url, now, everyMs, handlers, log }: TimerParts): Promise<Timers> {
  const open = () => new Redis(url, { maxRetriesPerRequest: null })
  const connections = [open(), open()] as const
  const kept = { removeOnComplete: true, removeOnFail: true }
  const queue = new Queue(QUEUE, { connection: connections[0], prefix: PREFIX, defaultJobOptions: kept })
  const worker = new Worker(QUEUE, async (job) => (job.name === 'due' ? handlers.due() : handlers.sweep()), {
    connection: connections[1],
    prefix: PREFIX,
    concurrency: 4,
    // the repeat is judged by what stands in Redis, so a stalled one need not be told
    maxStalledCount: 10,
  })
  const away = (err: Error) => log.debug({ err }, 'timers wait for Redis')
  queue.on('error', away)
  worker.on('error', away)
  worker.on('failed', (job, err) =>
    log.warn({ err, timer: job?.name }, 'a timer failed, the next one does its work'),
  )
  await queue.upsertJobScheduler('sweep', { every: everyMs }, { name: 'sweep', opts: kept })

  return {
    wakeAt(time) {
      const due = Math.ceil(milliseconds(time) / GRAIN_MS) * GRAIN_MS
      const delay = Math.max(0, due - now())
      if (delay > FURTHEST_MS) return
      // of one id only one is kept: runs that fail together wake us once
      queue
        .add('due', {}, { delay, jobId: `due-${due}` })
        .catch((err: unknown) => log.debug({ err }, 'no timer: the sweep does its work'))
    },
    async [Symbol.asyncDispose]() {
      await worker.close()
      await queue.close()
      for (const connection of connections) connection.disconnect()
    },
  }
}
