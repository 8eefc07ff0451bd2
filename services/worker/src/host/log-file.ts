/**
 * An attempt's `log.txt`: the first 64 MiB of what the model said, and a last line that says what was cut.
 *
 * What is in the file never changes: it is read while the model runs, from byte to byte. A worker that comes back, or
 * that reads the whole log once more at the end, writes the same bytes over it. The engine drops the oldest of a very
 * long log; then its beginning is another than the one we have, and ours stands.
 */
import { limits } from '@carya/contracts'
import { open, type FileHandle } from 'node:fs/promises'

export const MOST_LOG_BYTES = 64 * 2 ** 20
const HEAD_BYTES = 4096

export class LogFile {
  readonly #file: FileHandle
  #head = Buffer.alloc(0)
  #tail = Buffer.alloc(0)
  #size = 0
  #total = 0
  #trouble: string | undefined

  private constructor(file: FileHandle) {
    this.#file = file
  }

  /** Opens for writing from the beginning; nothing is cut off until `finish`. */
  static async open(path: string): Promise<LogFile> {
    const file = await open(path, 'r+').catch(() => open(path, 'w+', 0o644))
    return new LogFile(file)
  }

  /** The first bytes, by which two readings of one log are compared. */
  get head(): Buffer {
    return this.#head
  }

  /** Bytes said so far, also those not kept. */
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
    this.#total += text.length
    if (this.#head.length < HEAD_BYTES)
      this.#head = Buffer.concat([this.#head, text.subarray(0, HEAD_BYTES - this.#head.length)])
    this.#tail = Buffer.concat([this.#tail, text.subarray(-limits.logTailBytes)]).subarray(
      -limits.logTailBytes,
    )
    await this.#write(text.subarray(0, MOST_LOG_BYTES - this.#size))
  }

  /** Up to 64 KiB from a byte on: whole characters of text, and how many bytes they are. */
  async read(from: number, most: number): Promise<{ text: string; bytes: number }> {
    const length = Math.max(0, Math.min(most, this.#size - from))
    const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(length), 0, length, from)
    return wholeCharacters(buffer.subarray(0, bytesRead))
  }

  /** Closes the file, at its end; tells in words what was not kept. */
  async finish(): Promise<string[]> {
    const cut = this.#total - this.#size
    const notes = [
      ...(this.#trouble === undefined ? [] : [`log.txt could not be written: ${this.#trouble}`]),
      ...(cut > 0 ? [`log.txt ends after ${this.#size} bytes; ${cut} more were cut`] : []),
    ]
    if (cut > 0 && this.#trouble === undefined)
      await this.#write(Buffer.from(`\n[carya: ${cut} more bytes were cut here]\n`))
    try {
      await this.#file.truncate(this.#size)
    } catch {
      // it was told above, or the file is longer than it should be and right up to there
    }
    await this.abandon()
    return notes
  }

  /** Closes the file as it is. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => {})
  }

  async #write(text: Buffer): Promise<void> {
    if (text.length === 0 || this.#trouble !== undefined) return
    try {
      await this.#file.write(text, 0, text.length, this.#size)
      this.#size += text.length
    } catch (error) {
      this.#trouble = error instanceof Error ? error.message : String(error)
    }
  }
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
