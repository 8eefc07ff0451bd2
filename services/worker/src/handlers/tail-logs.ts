/**
 * Log lines for those who watch: read from the logs beside the heartbeats, and sent with the next one. A store that
 * hangs keeps lines back, never a heartbeat.
 */
import { limits, type Heartbeat } from '@carya/contracts'
import type { Held, Holdings } from './held.ts'

const WATCHED_MS = 30_000

/** Has log lines from this byte on sent with the heartbeats, for 30 s. Asked again, it goes on where it was. */
export function tailAttempt(held: Held, from: number, now: number): void {
  const { tail } = held
  if (tail && tail.until > now && tail.from <= from) tail.until = now + WATCHED_MS
  else held.tail = { from, until: now + WATCHED_MS }
}

/** Whether anybody watches any of the logs. */
export function isTailing(holdings: Holdings, now: number): boolean {
  return watched(holdings, now).length > 0
}

/** Reads what is due, of each watched log its part of 64 KiB; never rejects. */
export async function readTails(holdings: Holdings, now: number): Promise<void> {
  const all = watched(holdings, now)
  const most = Math.floor(limits.tailBytes / Math.max(1, all.length))
  await Promise.all(all.map((held) => readTail(held, most)))
}

async function readTail({ live, tail }: Held, most: number): Promise<void> {
  if (!live || !tail || tail.isReading || tail.read) return
  tail.isReading = true
  try {
    const read = await live.read(tail.from, most)
    if (read.bytes > 0) tail.read = read
  } catch {
    // a file that cannot be read just now is read for the next heartbeat
  } finally {
    tail.isReading = false
  }
}

/** The lines that have been read, 64 KiB at most, to be sent now. */
export function takeTails(holdings: Holdings): NonNullable<Heartbeat['logs']> {
  let left = limits.tailBytes
  const chunks: NonNullable<Heartbeat['logs']> = []
  for (const { tail, token } of holdings.all()) {
    const read = tail?.read
    if (!tail || !read || read.bytes > left) continue
    chunks.push({ ...token, from: tail.from, text: read.text })
    left -= read.bytes
    tail.from += read.bytes
    delete tail.read
  }
  return chunks
}

function watched(holdings: Holdings, now: number): Held[] {
  return holdings.all().filter(({ tail }) => tail !== undefined && tail.until > now)
}
