/**
 * A log as it grows. What is stored is read from the store, what is written now comes by the event stream; both tell
 * byte positions, and what lies before the position reached is dropped, what is missing is read from the store.
 * A further attempt begins a log of its own.
 */
import type { FeedItem, RunView } from '@carya/contracts'
import type { Client } from '../client/client.ts'
import { watchRun } from '../client/watch-run.ts'
import { readLastLines, readStored } from './log-text.ts'

export type FollowOptions = {
  /** Begin with the last so many lines; without it with the first. */
  tail?: number | undefined
  signal: AbortSignal
  write(bytes: Uint8Array, attempt: number): void
  notice(line: string): void
}

/** Follows to the run's end, and gives the ended run once all of its log is written. */
export async function followLog(client: Client, id: string, options: FollowOptions): Promise<RunView> {
  const { signal, write, notice } = options
  let tail = options.tail
  let attempt = 0
  let position = 0

  const catchUp = async (to?: number) => {
    if (attempt === 0) return
    if (tail !== undefined) {
      const { bytes, end } = await readLastLines(client, { id, attempt }, tail)
      write(bytes, attempt)
      position = end
      tail = undefined
    } else {
      const range = { from: position, signal, ...(to === undefined ? {} : { to }) }
      position = await readStored(client, { id, attempt }, range, (bytes) => write(bytes, attempt))
    }
  }
  const turnTo = async (next: number) => {
    if (next <= attempt) return
    await catchUp()
    if (attempt > 0) notice(`attempt ${next}`)
    attempt = next
    position = 0
  }
  const take = async (item: FeedItem & { kind: 'log' }) => {
    await turnTo(item.attempt)
    if (item.attempt < attempt) return
    if (item.from > position) await catchUp(item.from)
    const bytes = Buffer.from(item.text)
    const end = item.from + bytes.byteLength
    if (end <= position) return
    write(bytes.subarray(Math.max(0, position - item.from)), attempt)
    position = end
  }

  for await (const seen of watchRun(client, id, { signal, logsFrom: () => position })) {
    if (seen.kind === 'lost') notice(`the service is not reached, trying again (${seen.why})`)
    else if (seen.kind === 'item') {
      if (seen.item.kind === 'log') await take(seen.item)
    } else {
      const latest = seen.run.attempts.at(-1)?.attempt ?? 0
      await turnTo(latest)
      await catchUp()
      if (seen.ended) return seen.run
    }
  }
  throw new Error('the stream of a run ended before the run')
}
