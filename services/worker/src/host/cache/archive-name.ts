/** What an archive may hold: plain names of files and folders, so many, so large. Archives are strangers'. */
import { Unavailable } from '../unavailable.ts'

export type ArchiveLimits = { bytes: number; entries: number }

const DEEPEST = 64
const MOST_STEP = 255
const MOST_NAME = 2048

/** The name without `./` and a `/` at its end; '' is the archive's own root. Throws where it is none of ours to make. */
export function archiveName(given: string): string {
  const say = JSON.stringify(given.slice(0, 200))
  if (given.startsWith('/') || /^[A-Za-z]:/.test(given))
    throw new Unavailable(`it holds an absolute name: ${say}`)
  if (/[\p{Cc}\\\uFFFD]/u.test(given)) throw new Unavailable(`it holds a name with odd characters: ${say}`)
  const steps = given.split('/').filter((step) => step !== '' && step !== '.')
  if (steps.includes('..')) throw new Unavailable(`it holds a name that leads out of it: ${say}`)
  if (
    steps.length > DEEPEST ||
    given.length > MOST_NAME ||
    steps.some((step) => Buffer.byteLength(step) > MOST_STEP)
  )
    throw new Unavailable(`it holds a name that is too long or too deep: ${say}`)
  return steps.join('/')
}

export function otherKind(name: string, kind: string): Unavailable {
  return new Unavailable(
    `it holds something that is neither a file nor a folder: ${JSON.stringify(name.slice(0, 200))} (${kind})`,
  )
}

/** Throws where there is too much of it: told as soon as it is seen. */
export class Tally {
  bytes = 0
  entries = 0
  readonly #limits: ArchiveLimits

  constructor(limits: ArchiveLimits) {
    this.#limits = limits
  }

  entry(): void {
    this.entries += 1
    if (this.entries > this.#limits.entries)
      throw new Unavailable(`it holds more than ${this.#limits.entries} files and folders`)
  }

  add(bytes: number): void {
    this.bytes += bytes
    if (this.bytes > this.#limits.bytes)
      throw new Unavailable(`it holds more than ${this.#limits.bytes} bytes`)
  }
}

export const isGzip = (start: Uint8Array): boolean => start[0] === 0x1f && start[1] === 0x8b

/** Also one with nothing in it. */
export const isZip = (start: Uint8Array): boolean =>
  start[0] === 0x50 && start[1] === 0x4b && (start[2] === 3 || start[2] === 5)
