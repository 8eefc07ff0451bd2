/**
 * Workers' answers about images. A report may reach another dispatcher than the one that waits, so the answer is
 * kept for a while and a channel says that it is there.
 */
import { EventEmitter, once } from 'node:events'
import type { Redis } from 'ioredis'
import type { Resolved } from '@carya/contracts'
import { channels, keys } from './keys.ts'
import { stored } from './stored.ts'

const KEPT_SECONDS = 60

export type Resolutions = {
  answer(report: Resolved): Promise<void>
  /** Resolves with the answer; call it before asking. Rejects with the signal's reason. */
  answered(request: string, signal: AbortSignal): Promise<Resolved>
}

export async function openResolutions(redis: Redis, subscriber: Redis): Promise<Resolutions> {
  const answers = new EventEmitter().setMaxListeners(0)
  subscriber.on('message', (channel: string, request: string) => {
    if (channel === channels.resolved) answers.emit(eventOf(request))
  })
  await subscriber.subscribe(channels.resolved)
  return {
    async answer(report) {
      await redis.set(keys.resolved(report.request), JSON.stringify(report), 'EX', KEPT_SECONDS)
      await redis.publish(channels.resolved, report.request)
    },
    async answered(request, signal) {
      await once(answers, eventOf(request), { signal })
      const kept = await redis.get(keys.resolved(request))
      return stored<Resolved>(kept ?? '{}')
    },
  }
}

/** Workers choose the word: an event that is called `error` ends a process that does not wait for it. */
const eventOf = (request: string): string => `of ${request}`
