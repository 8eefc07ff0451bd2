/**
 * Follows a submission to its end, as the service tells it. After each connection the thing itself is read once, so
 * an end that came before the connection stood is not missed; one that comes later is told by the stream. A lost
 * connection is made again, for as long as the caller waits: runs and ensembles outlive restarts of the service.
 */
import type { FeedItem } from '@carya/contracts'
import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { CommandFailure } from '../terminal/failure.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { pathOf, type Client } from './client.ts'
import { readEvents } from './event-stream.ts'
import { NotReached } from './exchange.ts'

/** What the stream brings, and what becomes of the connection. */
export type Heard =
  | { kind: 'item'; item: FeedItem }
  /** The connection is lost; the next try is under way. */
  | { kind: 'lost'; why: string }

export type Subject<Now> = {
  /** The query of `GET /v1/events`; asked anew at each connection. */
  query(): Record<string, string | number | undefined>
  /** The thing as it is now, and whether it has ended. */
  read(signal: AbortSignal): Promise<Now>
  /** Whether an item says that it has ended. */
  tellsEnd(item: FeedItem): boolean
  /** Milliseconds of silence after which it is read again, should an item have been lost; never, where it is absent. */
  lookMs?: number
}

export type WatchOptions = {
  signal: AbortSignal
  /** Milliseconds before the first, and the most before any, new try. */
  pause?: { first: number; most: number }
}

/** Ends behind the one `Now` that has ended; throws what the signal aborts with, and what the service refuses. */
export async function* watch<Now extends { ended: boolean }>(
  client: Client,
  subject: Subject<Now>,
  { signal, pause = { first: 250, most: 10_000 } }: WatchOptions,
): AsyncGenerator<Now | Heard> {
  let last: string | undefined
  for (let tries = 0; ; tries += 1) {
    let stream: IncomingMessage | undefined
    try {
      if (tries > 0) await sleep(Math.min(pause.most, pause.first * 2 ** (tries - 1)), undefined, { signal })
      const headers = last === undefined ? {} : { 'last-event-id': last }
      stream = await client.stream(pathOf('/v1/events', subject.query()), { headers, signal })
      const now = await subject.read(signal)
      tries = 0
      yield now
      if (now.ended) return
      for await (const event of withSilence(readEvents(stream!), subject.lookMs)) {
        if (event !== 'silence') {
          last = event.id ?? last
          const item: FeedItem = JSON.parse(event.data)
          yield { kind: 'item', item }
          if (!subject.tellsEnd(item)) continue
        }
        const then = await subject.read(signal)
        yield then
        if (then.ended) return
      }
    } catch (error) {
      signal.throwIfAborted()
      if (!mayPass(error)) throw error
      yield { kind: 'lost', why: error instanceof Error ? error.message : String(error) }
    } finally {
      // also where the caller has seen enough: an open stream would keep the process alive
      stream?.destroy()
    }
  }
}

/** The items, and `silence` whenever none has come for so many milliseconds. */
async function* withSilence<Item>(
  items: AsyncGenerator<Item>,
  ms: number | undefined,
): AsyncGenerator<Item | 'silence'> {
  if (ms === undefined) return yield* items
  let next: Promise<IteratorResult<Item>> | undefined
  for (;;) {
    if (next === undefined) {
      next = items.next()
      // it may be left behind; where it is awaited, its error is heard
      next.catch(() => {})
    }
    const stop = new AbortController()
    const silence = sleep(ms, 'silence' as const, { signal: stop.signal }).catch(() => 'silence' as const)
    const first = await Promise.race([next, silence]).finally(() => stop.abort())
    if (first === 'silence') yield first
    else if (first.done === true) return
    else {
      next = undefined
      yield first.value
    }
  }
}

/** Trouble that passes by itself: the service is away or restarting, or the connection was cut. */
function mayPass(error: unknown): boolean {
  // an error of the service's own would come again
  if (error instanceof CommandFailure)
    return error.code === exitCodes.unreachable && error.problem.status !== 500
  return error instanceof NotReached || (error instanceof Error && 'code' in error)
}
