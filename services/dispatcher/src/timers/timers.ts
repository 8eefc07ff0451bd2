/**
 * BullMQ holds time: it wakes us for what must be done later, and survives restarts. A timer is a hint: what is due
 * stands in the records, and every wake-up only has that judged again, so one that is late, doubled or lost is
 * harmless (H11).
 *
 * A recurring timer lives by one delayed job, and lost with it would never fire again. It is put up at every start;
 * and each time its work is begun, by whichever dispatcher, that is written down, so that one which is not heeded for
 * three times its interval is seen, put up again, and its work done meanwhile.
 */
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import type { Log } from '@carya/amqp'
import { milliseconds } from '@carya/contracts'

const PREFIX = 'carya:bull'
const QUEUE = 'timers'
/** Wake-ups that are less than this apart are one. */
const GRAIN_MS = 100
/** What is further away is woken for by the sweeps in between. */
const FURTHEST_MS = 7 * 86_400_000
const MISSED = 3

export type Timers = {
  /** Has `due` run at about this time. */
  wakeAt(time: string): void
  [Symbol.asyncDispose](): Promise<void>
}

export type Recurring = { everyMs: number; work: () => Promise<void> }

export type TimerParts = {
  url: string
  /** Redis' time in milliseconds: what is due is judged by it */
  now: () => number
  due: () => Promise<void>
  recurring: Record<string, Recurring>
  /** when each was last heeded, by any dispatcher */
  heeded: { now(timer: string, at: number): Promise<void>; last(timer: string): Promise<number> }
  /** a recurring timer was lost */
  lost: (timer: string) => Promise<void>
  log: Log
}

/** Throws where Redis is away, and leaves nothing open then. */
export async function openTimers(parts: TimerParts): Promise<Timers> {
  const { url, now, due, recurring, heeded, lost, log } = parts
  await using opened = new AsyncDisposableStack()
  const open = () => {
    const connection = new Redis(url, { maxRetriesPerRequest: null })
    opened.defer(() => connection.disconnect())
    return connection
  }
  const connections = [open(), open()] as const
  const kept = { removeOnComplete: true, removeOnFail: true }
  const queue = new Queue(QUEUE, { connection: connections[0], prefix: PREFIX, defaultJobOptions: kept })
  const heed = async (name: string): Promise<void> => {
    const timer = recurring[name]
    // a newer version may have put up others
    if (!timer) return
    await heeded.now(name, now())
    await timer.work()
  }
  const worker = new Worker(QUEUE, (job) => (job.name === 'due' ? due() : heed(job.name)), {
    connection: connections[1],
    prefix: PREFIX,
    concurrency: 4,
    // the repeat is judged by what stands in Redis, so a stalled one need not be told
    maxStalledCount: 10,
  })
  opened.defer(() => queue.close())
  opened.defer(() => worker.close())
  const away = (err: Error) => log.debug({ err }, 'timers wait for Redis')
  queue.on('error', away)
  worker.on('error', away)
  worker.on('failed', (job, err) =>
    log.warn({ err, timer: job?.name }, 'a timer failed, the next one does its work'),
  )
  const putUp = (name: string, { everyMs }: Recurring) =>
    queue.upsertJobScheduler(name, { every: everyMs }, { name, opts: kept })
  // late at two looks: after an outage of Redis it is late once, and heeded at once
  const late = new Map<string, number>()
  const watch = async (name: string, timer: Recurring): Promise<void> => {
    const last = await heeded.last(name)
    const isLate = now() - last >= MISSED * timer.everyMs
    const wasLate = late.get(name) === last
    if (isLate) late.set(name, last)
    if (!isLate || !wasLate) return
    log.warn({ timer: name }, 'mended: a recurring timer was lost, it is put up again')
    await lost(name)
    await putUp(name, timer)
    await heed(name)
  }
  for (const [name, timer] of Object.entries(recurring)) {
    await heeded.now(name, now())
    await putUp(name, timer)
    const look = () => watch(name, timer).catch(away)
    const looks = setInterval(() => void look(), timer.everyMs)
    opened.defer(() => clearInterval(looks))
  }

  const owned = opened.move()
  return {
    wakeAt(time) {
      const at = Math.ceil(milliseconds(time) / GRAIN_MS) * GRAIN_MS
      const delay = Math.max(0, at - now())
      if (delay > FURTHEST_MS) return
      // of one id only one is kept: runs that fail together wake us once
      queue
        .add('due', {}, { delay, jobId: `due-${at}` })
        .catch((err: unknown) => log.debug({ err }, 'no timer: the sweep does its work'))
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
