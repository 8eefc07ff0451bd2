/**
 * What attempts were given, one file for each in the cache, of this worker alone: the attempt's own folder may be
 * prepared by another host as well. From it the report tells the inputs, and the entries that it names stay pinned as
 * long as the attempt is held, also over a restart of the worker.
 */
import { attemptName, FileName, InputRead, type Token } from '@carya/contracts'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { InputsGiven } from '../../ports.ts'
import { writeWhole } from '../write-whole.ts'
import type { Entries } from './entries.ts'
import { isFull } from './write-content.ts'

const Noted = z.object({
  inputs: z.record(FileName, InputRead),
  notes: z.array(z.string()),
  /** keys of entries of the cache */
  entries: z.array(z.string()),
})
export type AttemptNote = InputsGiven & { entries: string[] }

const AT_LEAST = 2 ** 20

type Holding = { given: Promise<AttemptNote | undefined>; releases: (() => void)[]; isOver: boolean }

export class AttemptNotes {
  readonly #folder: string
  readonly #entries: Entries
  readonly #held = new Map<string, Holding>()

  constructor(root: string, entries: Entries) {
    this.#folder = join(root, 'attempts')
    this.#entries = entries
  }

  /** Resolves when it is written; the entries stay pinned until `release`. */
  async keep(token: Token, note: AttemptNote): Promise<void> {
    const releases = note.entries.map((key) => this.#entries.pin(key))
    const before = this.#held.get(nameOf(token))
    this.#held.set(nameOf(token), { given: Promise.resolve(note), releases, isOver: false })
    letGo(before)
    const write = () => writeWhole(this.#path(nameOf(token)), `${JSON.stringify(note)}\n`)
    await write().catch(async (error: unknown) => {
      if (!isFull(error)) throw error
      if ((await this.#entries.evict(AT_LEAST)) === 0) throw await this.#entries.full()
      await write()
    })
  }

  /** Of an attempt that was found on the engine: pins again what it has. */
  recall(token: Token): void {
    const name = nameOf(token)
    if (this.#held.has(name)) return
    const holding: Holding = { given: this.#read(name), releases: [], isOver: false }
    this.#held.set(name, holding)
    const pinned = this.#pin(holding)
    this.#entries.recalling(pinned)
  }

  /** Undefined where nothing is known. */
  async given(token: Token): Promise<InputsGiven | undefined> {
    return this.#held.get(nameOf(token))?.given
  }

  async release(token: Token): Promise<void> {
    const name = nameOf(token)
    const holding = this.#held.get(name)
    if (!holding) return
    letGo(holding)
    this.#held.delete(name)
    await rm(this.#path(name), { force: true })
  }

  /** Removes those of attempts that are not held. */
  async sweep(held: readonly Token[]): Promise<void> {
    const kept = new Set(held.map((token) => `${nameOf(token)}.json`))
    for (const file of await readdir(this.#folder)) {
      const name = file.replace(/\.json$/, '')
      if (!kept.has(file) && !this.#held.has(name)) await rm(join(this.#folder, file), { force: true })
    }
  }

  async #pin(holding: Holding): Promise<void> {
    const keys = (await holding.given)?.entries ?? []
    if (!holding.isOver) holding.releases.push(...keys.map((key) => this.#entries.pin(key)))
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.json`)
  }

  async #read(name: string): Promise<AttemptNote | undefined> {
    try {
      return Noted.safeParse(JSON.parse(await readFile(this.#path(name), 'utf8'))).data
    } catch {
      return undefined // it had no inputs, or the cache was removed
    }
  }
}

function letGo(holding: Holding | undefined): void {
  if (!holding) return
  holding.isOver = true
  for (const release of holding.releases) release()
}

const nameOf = (token: Token): string => `${token.run}.${attemptName(token)}`
