/** Writes what is in an archive below a folder that is new: nothing is there that was not made here. */
import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Unavailable } from '../unavailable.ts'
import { archiveName, Tally, type ArchiveLimits } from './archive-name.ts'

/** What an entry takes on the disk beside its bytes. */
const ENTRY_BYTES = 4096

export class TreeWriter {
  readonly tally: Tally
  readonly #root: string
  readonly #made = new Map<string, 'file' | 'folder'>([['', 'folder']])
  #entries = 0

  constructor(root: string, limits: ArchiveLimits) {
    this.#root = root
    this.tally = new Tally(limits)
  }

  /** Bytes on the disk, about. */
  get size(): number {
    return this.tally.bytes + this.#entries * ENTRY_BYTES
  }

  async folder(given: string): Promise<void> {
    await this.#makeFolder(archiveName(given))
  }

  /** Of the mode only counts whether it can be executed. */
  async file(given: string, mode: number, content: AsyncIterable<Uint8Array>): Promise<void> {
    const name = archiveName(given)
    if (this.#made.has(name)) throw new Unavailable(`it holds ${JSON.stringify(name)} twice`)
    const parent = dirname(name)
    await this.#makeFolder(parent === '.' ? '' : parent)
    this.#made.set(name, 'file')
    this.#entries += 1
    await using handle = await open(join(this.#root, name), 'wx', (mode & 0o111) === 0 ? 0o444 : 0o555)
    for await (const chunk of content) {
      this.tally.add(chunk.byteLength)
      await handle.writeFile(chunk)
    }
  }

  async #makeFolder(name: string): Promise<void> {
    if (this.#made.get(name) === 'folder') return
    if (this.#made.has(name))
      throw new Unavailable(`it holds ${JSON.stringify(name)} both as a file and a folder`)
    const parent = dirname(name)
    await this.#makeFolder(parent === '.' ? '' : parent)
    await mkdir(join(this.#root, name), 0o755)
    this.#made.set(name, 'folder')
    this.#entries += 1
  }
}
