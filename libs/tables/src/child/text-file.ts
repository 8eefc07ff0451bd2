/** A text file written line by line, gathered so that a line costs no call of the system. */
import { open, type FileHandle } from 'node:fs/promises'

const BUFFER = 2 ** 18

export class TextFile implements AsyncDisposable {
  readonly #handle: FileHandle
  #waiting: string[] = []
  #size = 0

  private constructor(handle: FileHandle) {
    this.#handle = handle
  }

  static async create(path: string): Promise<TextFile> {
    return new TextFile(await open(path, 'w', 0o644))
  }

  async csv(fields: readonly (string | number | null | undefined)[]): Promise<void> {
    const line = `${fields.map(csvField).join(',')}\n`
    this.#waiting.push(line)
    this.#size += line.length
    if (this.#size > BUFFER) await this.#flush()
  }

  async #flush(): Promise<void> {
    await this.#handle.writeFile(this.#waiting.join(''))
    this.#waiting = []
    this.#size = 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#flush()
    await this.#handle.close()
  }
}

/** Numbers in their shortest form that reads back as the same; nothing for what is not there. */
export function csvField(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return ''
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
