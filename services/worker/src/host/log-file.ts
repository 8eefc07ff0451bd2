/**
 * An attempt's `log.txt`: the beginning of what the model said, and a last line that says what was cut.
 *
 * What is in the file never changes: it is read while the model runs, from byte to byte. A worker that comes back, or
 * that reads the whole log once more at the end, writes the same bytes over it. The engine drops the oldest of a very
 * long log; then its beginning is another than the one we have, ours stands, and a line tells of the gap.
 */
import { limits } from '@carya/contracts'
import { open, type FileHandle } from 'node:fs/promises'
import type { Turns } from '../turns.ts'

/** `most`: bytes that are kept; `turns`: for calls to the store, each of which may hang as long as the store does. */
export type LogFileOptions = { most: number; turns: Turns }

const HEAD_BYTES = 4096
const GAP = Buffer.from('\n[carya: some is missing here, or comes twice]\n')

export class LogFile {
  /** absent where it cannot be opened: what is said is heard nevertheless */
  readonly #file: FileHandle | undefined
  readonly #options: LogFileOptions
  /** what an earlier process of this worker had written: its first bytes, and how many in all */
  readonly #before: { head: Buffer; size: number }
  #head = Buffer.alloc(0)
  #tail = Buffer.alloc(0)
  /** bytes in the file that are right, and how many of them are not of this reading */
  #size = 0
  #others = 0
  #total = 0
  #hasGap = false
  #trouble: string | undefined

  private constructor(
    file: FileHandle | undefined,
    options: LogFileOptions,
    before: { head: Buffer; size: number },
  ) {
    this.#file = file
    this.#options = options
    this.#before = before
  }

  /** Opens for writing from the beginning; nothing is cut off until `finish`. */
  static open(path: string, options: LogFileOptions): Promise<LogFile> {
    return options.turns.run(async () => {
      const file = await open(path, 'r+')
        .catch(() => open(path, 'w+', 0o644))
        .catch(String)
      if (typeof file === 'string') return LogFile.#without(file, options)
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
      const size = bytesRead < HEAD_BYTES ? bytesRead : (await file.stat()).size
      const head = buffer.subarray(0, bytesRead)
      return new LogFile(file, options, { head, size: Math.min(size, options.most) })
    })
  }

  static #without(trouble: string, options: LogFileOptions): LogFile {
    const log = new LogFile(undefined, options, { head: Buffer.alloc(0), size: 0 })
    log.#trouble = trouble
    return log
  }

  /** The first bytes, by which two readings of one log are compared. */
  get head(): Buffer {
    return this.#head
  }

  /** Bytes read so far, also those not kept. */
  get total(): number {
    return this.#total
  }

  /** The last bytes said, at most as many as a report takes. */
  get tail(): Buffer {
    return this.#tail
  }

  /** Never rejects: a disk that is full cuts the log, not the run. */
  async append(chunk: Uint8Array): Promise<void> {
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    if (this.#total === 0 && text.length > 0 && !beginAlike(this.#before.head, text)) {
      this.#size = this.#others = this.#before.size
      await this.gap()
    }
    this.#total += text.length
    if (this.#head.length < HEAD_BYTES)
      this.#head = Buffer.concat([this.#head, text.subarray(0, HEAD_BYTES - this.#head.length)])
    this.#tail = Buffer.concat([this.#tail, text.subarray(-limits.logTailBytes)]).subarray(
      -limits.logTailBytes,
    )
    await this.#write(text.subarray(0, Math.max(0, this.#options.most - this.#size)))
  }

  /** From here on follows what is no longer, or not yet, in the file: between the two some may be lost for ever. */
  async gap(): Promise<void> {
    this.#hasGap = true
    const before = this.#size
    await this.#write(GAP)
    this.#others += this.#size - before
  }

  /** Up to 64 KiB from a byte on: whole characters of text, and how many bytes they are. */
  async read(from: number, most: number): Promise<{ text: string; bytes: number }> {
    const length = Math.max(0, Math.min(most, this.#size - from))
    const file = this.#file
    if (!file || length === 0) return { text: '', bytes: 0 }
    const read = () => file.read(Buffer.alloc(length), 0, length, from)
    const { buffer, bytesRead } = await this.#options.turns.run(read)
    return wholeCharacters(buffer.subarray(0, bytesRead))
  }

  /** Closes the file, at its end; tells in words what was not kept. */
  async finish(): Promise<string[]> {
    const cut = this.#total - (this.#size - this.#others)
    const notes = [
      ...(this.#hasGap ? ['log.txt has a gap: the engine had dropped what was not read in time'] : []),
      ...(this.#trouble === undefined ? [] : [`log.txt could not be written: ${this.#trouble}`]),
      ...(cut > 0 && this.#file ? [`log.txt ends after ${this.#size} bytes; ${cut} more were cut`] : []),
    ]
    if (cut > 0 && this.#trouble === undefined)
      await this.#write(Buffer.from(`\n[carya: ${cut} more bytes were cut here]\n`))
    try {
      // where nothing was read at all, what stands from before is more
      if (this.#total > 0) await this.#options.turns.run(async () => this.#file?.truncate(this.#size))
    } catch {
      // it was told above, or the file is longer than it should be and right up to there
    }
    await this.abandon()
    return notes
  }

  /** Closes the file as it is. */
  async abandon(): Promise<void> {
    await this.#options.turns.run(async () => this.#file?.close()).catch(() => {})
  }

  async #write(text: Buffer): Promise<void> {
    const file = this.#file
    if (!file || text.length === 0 || this.#trouble !== undefined) return
    try {
      for (let done = 0; done < text.length;) {
        const write = () => file.write(text, done, text.length - done, this.#size)
        const { bytesWritten } = await this.#options.turns.run(write)
        done += bytesWritten
        this.#size += bytesWritten
      }
    } catch (error) {
      this.#trouble = error instanceof Error ? error.message : String(error)
    }
  }
}

/** Whether two pieces are of the same beginning, as far as both go. */
function beginAlike(one: Buffer, other: Buffer): boolean {
  const length = Math.min(one.length, other.length)
  return one.subarray(0, length).equals(other.subarray(0, length))
}

/** Leaves out a character at the end whose last bytes are still to come. */
export function wholeCharacters(bytes: Buffer): { text: string; bytes: number } {
  let start = bytes.length - 1
  while (start > 0 && bytes.length - start < 4 && (bytes[start]! & 0xc0) === 0x80) start -= 1
  const first = bytes[start] ?? 0
  const needed = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1
  const whole = start >= 0 && bytes.length - start < needed ? start : bytes.length
  return { text: bytes.subarray(0, whole).toString('utf8'), bytes: whole }
}
