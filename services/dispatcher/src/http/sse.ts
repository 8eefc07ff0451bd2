/**
 * Server-sent events to one client. Memory is bounded: the next item is asked for when the one before has left, and
 * a client that reads nothing for a while is cut off; it comes back with the id of the last item it saw.
 */
import type { FastifyReply } from 'fastify'
import type { ServerResponse } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'

export type SseItem = { id: string; event: string; data: unknown }
export type SseTimes = {
  /** Milliseconds between comments that keep the connection known to be alive. */
  beat: number
  /** Milliseconds a client may leave what was sent unread. */
  stall: number
}

/**
 * Streams items until they end, the client goes, or `stop` is aborted; the signal that `open` gets says so. The
 * first item is asked for before the head is sent, so that a client that has seen the head misses nothing that
 * happens from then on; trouble that shows at once is thrown, so that the client is told by a problem document.
 */
export async function streamItems(
  reply: FastifyReply,
  open: (signal: AbortSignal) => AsyncIterable<SseItem>,
  { stop, times }: { stop: AbortSignal; times: SseTimes },
): Promise<void> {
  const gone = new AbortController()
  const iterator = open(AbortSignal.any([stop, gone.signal]))[Symbol.asyncIterator]()
  const first = iterator.next()
  await Promise.race([first, nextTurn()]).catch((error: unknown) => {
    gone.abort()
    throw error
  })

  reply.hijack()
  const { raw } = reply
  raw.once('close', () => gone.abort())
  const beat = keepAlive(raw, times)
  try {
    raw.writeHead(200, {
      ...headersOf(reply),
      'content-type': 'text/event-stream',
      'x-accel-buffering': 'no',
    })
    raw.write('retry: 1000\n\n')
    for (let step = await first; step.done !== true && !raw.closed; step = await iterator.next())
      if (!raw.write(frame(step.value))) await drained(raw)
  } catch {
    // the client comes back, and where the trouble lasts it is told then
  } finally {
    raw.end()
    clearInterval(beat)
    gone.abort()
  }
}

/** One event; ids are ours and hold no line break, data is one line of JSON. */
export function frame({ id, event, data }: SseItem): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

/** Writes a comment now and then; where the client has left what was sent unread for too long, cuts it off. */
function keepAlive(raw: ServerResponse, { beat, stall }: SseTimes): NodeJS.Timeout {
  let readAt = performance.now()
  raw.on('drain', () => (readAt = performance.now()))
  return setInterval(
    () => {
      if (!raw.writableNeedDrain) {
        readAt = performance.now()
        raw.write(': beat\n\n')
      } else if (performance.now() - readAt >= stall) raw.destroy()
    },
    Math.min(beat, stall),
  )
}

/** Until what was written has left, or the client has gone. */
function drained(raw: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      raw.off('drain', done)
      raw.off('close', done)
      resolve()
    }
    raw.on('drain', done)
    raw.on('close', done)
  })
}

function headersOf(reply: FastifyReply): Record<string, string> {
  const headers = Object.entries(reply.getHeaders())
  return Object.fromEntries(headers.map(([name, value]) => [name, String(value)]))
}
