/**
 * Brings what a model says from the engine into the attempt's `log.txt`. Of a run that is over in a moment the log is
 * read once, at its end; a longer one is followed, and at its end the engine is asked whether that was all: following
 * may break, and may miss the last lines.
 */
import { limits } from '@carya/contracts'
import type { Containers, KeptLog, LiveLog, Logs } from '../ports.ts'
import { openTurns } from '../turns.ts'
import { LogFile } from './log-file.ts'
import { LOG_CALLS } from './threads.ts'

/** The last lines of the engine's by which a log that was followed is known to be whole. */
const LAST_LINES = 32
/** After its container has ended a log that is followed ends by itself, when it has been read. */
const PATIENCE_MS = 60_000

type Source = Pick<Containers, 'log'>

/** `most`: bytes of a log that are kept. */
export function openLogs(containers: Source, most: number): Logs {
  const turns = openTurns(LOG_CALLS)
  const openFile = (path: string) => LogFile.open(path, { most, turns })
  return {
    follow: (id, path, onText) => new FollowedLog(containers, id, openFile(path), onText),
    async keep(id, path, live) {
      try {
        const followed = live instanceof FollowedLog ? await live.finish() : undefined
        const { file = await openFile(path), isBroken = true } = followed ?? {}
        return await keep(containers, id, file, isBroken)
      } catch (error) {
        const told = error instanceof Error ? error.message : String(error)
        return { tail: '', notes: [`log.txt could not be kept: ${told}`] }
      }
    },
  }
}

async function keep(containers: Source, id: string, file: LogFile, isBroken: boolean): Promise<KeptLog> {
  try {
    if (isBroken || !(await isWhole(containers, id, file))) await readRest(containers, id, file)
  } catch (error) {
    await file.abandon()
    throw error
  }
  return { notes: await file.finish(), tail: file.tail.toString('utf8') }
}

async function isWhole(containers: Source, id: string, { tail }: LogFile): Promise<boolean> {
  let last = Buffer.alloc(0)
  for await (const chunk of containers.log(id, { follow: false, lastLines: LAST_LINES }))
    last = Buffer.concat([last, chunk])
  const length = Math.min(last.length, limits.logTailBytes)
  if (tail.length < length) return false
  return last.subarray(last.length - length).equals(tail.subarray(tail.length - length))
}

/** Adds what the file does not have yet. Of a very long log the engine drops the oldest: then a gap is left. */
async function readRest(containers: Source, id: string, file: LogFile): Promise<void> {
  let known = file.total
  const { head } = file
  let isFirst = true
  for await (const chunk of containers.log(id, { follow: false })) {
    const length = Math.min(chunk.length, head.length)
    if (isFirst && !head.subarray(0, length).equals(chunk.subarray(0, length))) {
      known = 0
      await file.gap()
    }
    isFirst = false
    await file.append(chunk.subarray(Math.min(known, chunk.length)))
    known = Math.max(0, known - chunk.length)
  }
  if (isFirst || known === 0) return
  // less than was read before: it only looks the same where it begins, for the oldest of it is gone
  await file.gap()
  for await (const chunk of containers.log(id, { follow: false })) await file.append(chunk)
}

/** A log that is followed while the model runs. Where the stream breaks, it is short until the end, and known to be. */
class FollowedLog implements LiveLog {
  readonly #stopping = new AbortController()
  readonly #file: Promise<LogFile>
  readonly #done: Promise<void>
  #isBroken = false

  constructor(containers: Source, id: string, file: Promise<LogFile>, onText: (text: string) => void) {
    this.#file = file
    this.#done = this.#follow(containers, id, onText).catch(() => {
      this.#isBroken = true
    })
  }

  async read(from: number, most: number): Promise<{ text: string; bytes: number }> {
    return (await this.#file).read(from, most)
  }

  /** What has been read, still open: all of it, unless the stream broke. */
  async finish(): Promise<{ file: LogFile; isBroken: boolean } | undefined> {
    const patience = setTimeout(() => this.#stopping.abort(), PATIENCE_MS)
    await this.#done
    clearTimeout(patience)
    return this.#file.then(
      (file) => ({ file, isBroken: this.#isBroken }),
      () => undefined,
    )
  }

  async #follow(containers: Source, id: string, onText: (text: string) => void): Promise<void> {
    const file = await this.#file
    const decoder = new TextDecoder()
    for await (const chunk of containers.log(id, { follow: true, signal: this.#stopping.signal })) {
      await file.append(chunk)
      onText(decoder.decode(chunk, { stream: true }))
    }
  }
}
