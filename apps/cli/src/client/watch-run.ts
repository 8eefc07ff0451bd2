/**
 * Follows one run to its end without polling. After each connection the run is read once, so an end that came before
 * the connection stood is not missed; one that comes later is told by the stream. A lost connection is made again,
 * for as long as the caller waits: runs outlive restarts of the service.
 */
import type { FeedItem, RunView } from '@carya/contracts'
import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { CommandFailure } from '../terminal/failure.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { pathOf, type Client } from './client.ts'
import { readEvents } from './event-stream.ts'
import { NotReached } from './exchange.ts'

export type Watched =
  | { kind: 'run'; run: RunView; ended: boolean }
  | { kind: 'item'; item: FeedItem }
  /** The connection is lost; the next try is under way. */
  | { kind: 'lost'; why: string }

export type WatchOptions = {
  signal: AbortSignal
  /** Log lines too, from this byte on; asked anew at each connection. */
  logsFrom?: () => number
  /** Milliseconds before the first, and the most before any, new try. */
  pause?: { first: number; most: number }
}

const ENDS: readonly string[] = ['succeeded', 'failed', 'cancelled']

/** Ends behind the one `run` that is `ended`; throws what the signal aborts with, and what the service refuses. */
export async function* watchRun(client: Client, id: string, options: WatchOptions): AsyncGenerator<Watched> {
  const { signal, logsFrom, pause = { first: 250, most: 10_000 } } = options
  let last: string | undefined
  for (let tries = 0; ; tries += 1) {
    let stream: IncomingMessage | undefined
    try {
      if (tries > 0) await sleep(Math.min(pause.most, pause.first * 2 ** (tries - 1)), undefined, { signal })
      const headers = last === undefined ? {} : { 'last-event-id': last }
      stream = await client.stream(pathOf('/v1/events', { run: id, logs: logsFrom?.() }), { headers, signal })
      const now = await read(client, id, signal)
      tries = 0
      yield now
      if (now.ended) return
      for await (const event of readEvents(stream!)) {
        last = event.id ?? last
        const item: FeedItem = JSON.parse(event.data)
        yield { kind: 'item', item }
        if (item.kind !== 'state' || !ENDS.includes(item.event.data.state)) continue
        const then = await read(client, id, signal)
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

async function read(client: Client, id: string, signal: AbortSignal) {
  const run = await client.json<RunView>(`/v1/runs/${id}`, { signal })
  return { kind: 'run', run, ended: ENDS.includes(run.state) } as const
}

/** Trouble that passes by itself: the service is away or restarting, or the connection was cut. */
function mayPass(error: unknown): boolean {
  // an error of the service's own would come again
  if (error instanceof CommandFailure)
    return error.code === exitCodes.unreachable && error.problem.status !== 500
  return error instanceof NotReached || (error instanceof Error && 'code' in error)
}
