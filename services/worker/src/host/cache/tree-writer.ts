/**
 * Writes what is in an archive below a folder that is new: nothing is there that was not made here. Folders that no
 * entry but only the names of others tell of count as entries: a short name can make sixty.
 */
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
  /** folders that are counted, and that no entry has told of yet */
  readonly #implied = new Set<string>()

  constructor(root: string, limits: ArchiveLimits) {
    this.#root = root
    this.tally = new Tally(limits)
  }

  /** Bytes on the disk, about. */
  get size(): number {
    return this.tally.bytes + this.tally.entries * ENTRY_BYTES
  }

  async folder(given: string): Promise<void> {
    const name = archiveName(given)
    if (this.#implied.delete(name)) return
    // one that is told of again is counted again, or there would be no end to them
    if (this.#made.get(name) === 'folder') return this.tally.entry()
    await this.#makeFolder(name)
  }

  /** Of the mode only counts whether it can be executed. */
  async file(given: string, mode: number, content: AsyncIterable<Uint8Array>): Promise<void> {
    const name = archiveName(given)
    if (this.#made.has(name)) throw new Unavailable(`it holds ${JSON.stringify(name)} twice`)
    await this.#makeParent(name)
    this.tally.entry()
    this.#made.set(name, 'file')
    await using handle = await open(join(this.#root, name), 'wx', (mode & 0o111) === 0 ? 0o444 : 0o555)
    for await (const chunk of content) {
      this.tally.add(chunk.byteLength)
      await handle.writeFile(chunk)
    }
  }

  async #makeParent(name: string): Promise<void> {
    const parent = dirname(name)
    if (parent === '.' || this.#made.get(parent) === 'folder') return
    await this.#makeFolder(parent)
    this.#implied.add(parent)
  }

  async #makeFolder(name: string): Promise<void> {
    if (this.#made.has(name))
      throw new Unavailable(`it holds ${JSON.stringify(name)} both as a file and a folder`)
    await this.#makeParent(name)
    this.tally.entry()
    await mkdir(join(this.#root, name), 0o755)
    this.#made.set(name, 'folder')
  }
}
