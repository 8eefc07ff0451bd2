/** Brings what a model says from the engine into the attempt's `log.txt`. */
import type { Containers, KeptLog, LiveLog, Logs } from '../ports.ts'
import { LogFile } from './log-file.ts'

export function openLogs(containers: Containers): Logs {
  return {
    follow: (id, path, onText) => new FollowedLog(containers, id, path, onText),
    async keep(id, path, live) {
      const followed = live instanceof FollowedLog ? await live.stop() : undefined
      try {
        return await readWhole(containers, id, path, followed)
      } catch (error) {
        const told = error instanceof Error ? error.message : String(error)
        return { tail: '', notes: [`log.txt could not be kept: ${told}`] }
      }
    },
  }
}

/** Reads the whole log once, when the model has ended; what was followed stands where the engine dropped its beginning. */
async function readWhole(
  containers: Containers,
  id: string,
  path: string,
  followed: LogFile | undefined,
): Promise<KeptLog> {
  const file = await LogFile.open(path)
  let kept = file
  try {
    for await (const chunk of containers.log(id, { follow: false })) {
      if (file.total === 0 && followed && !startsAlike(chunk, followed.head)) {
        kept = followed
        break
      }
      await file.append(chunk)
    }
  } finally {
    await (kept === file ? followed?.abandon() : file.abandon())
  }
  const notes = await kept.finish()
  return { tail: kept.tail.toString('utf8'), notes }
}

function startsAlike(chunk: Uint8Array, head: Buffer): boolean {
  const length = Math.min(chunk.length, head.length)
  return head.subarray(0, length).equals(chunk.subarray(0, length))
}

/** A log that is followed while the model runs. Where the stream breaks, it is simply short until the end. */
class FollowedLog implements LiveLog {
  readonly #stopping = new AbortController()
  readonly #file: Promise<LogFile>
  readonly #done: Promise<void>

  constructor(containers: Containers, id: string, path: string, onText: (text: string) => void) {
    this.#file = LogFile.open(path)
    this.#done = this.#follow(containers, id, onText).catch(() => {})
  }

  async read(from: number, most: number): Promise<{ text: string; bytes: number }> {
    return (await this.#file).read(from, most)
  }

  /** What was written so far, still open. */
  async stop(): Promise<LogFile | undefined> {
    this.#stopping.abort()
    await this.#done
    return this.#file.catch(() => undefined)
  }

  async #follow(containers: Containers, id: string, onText: (text: string) => void): Promise<void> {
    const file = await this.#file
    const decoder = new TextDecoder()
    for await (const chunk of containers.log(id, { follow: true, signal: this.#stopping.signal })) {
      await file.append(chunk)
      onText(decoder.decode(chunk, { stream: true }))
    }
  }
}
