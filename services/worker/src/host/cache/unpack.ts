/** Unpacks an archive of the cache's, once for all that want it, as a folder of the cache. */
import { fork } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openTurns } from '../../turns.ts'
import { Unavailable } from '../unavailable.ts'
import { writeWhole } from '../write-whole.ts'
import { SharedWork } from '../../shared-work.ts'
import type { ArchiveLimits } from './archive-name.ts'
import { treeKey, type Claim, type Entries } from './entries.ts'
import { TREE_NOTE } from './read-entries.ts'
import type { Unpacked } from './unpack-child.ts'
import { isFull } from './write-content.ts'

export type UnpackOptions = { entries: Entries; bootId: string; limits: ArchiveLimits }
export type Archive = { sha256: string; path: string; bytes: number }
export type Unpack = (archive: Archive, signal: AbortSignal) => Promise<void>

const CHILD = new URL('unpack-child.ts', import.meta.url)
/** They are work for the processors. */
const AT_ONCE = 2
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT'])
const WRONG = /^(Z_|TAR_|ERR_)/

/** Resolves when the tree is in the cache, where it may be evicted again: claim it, and look. */
export function openUnpack({ entries, bootId, limits }: UnpackOptions): Unpack {
  const works = new SharedWork<void>({ stopsAlone: true })
  const turns = openTurns(AT_ONCE)

  const make = async (archive: Archive, signal: AbortSignal): Promise<Claim> => {
    const temporary = entries.temporary()
    try {
      const files = join(temporary, 'files')
      await mkdir(files, { recursive: true })
      const unpacked = await run([archive.path, files, String(limits.bytes), String(limits.entries)], signal)
      if ('refused' in unpacked) throw new Unavailable(unpacked.refused)
      if ('code' in unpacked) throw errorOf(unpacked)
      const note = { bytes: unpacked.bytes, content: archive.bytes, boot: bootId }
      await writeWhole(join(temporary, TREE_NOTE), `${JSON.stringify(note)}\n`)
      const { bytes, content } = note
      return await entries.put(temporary, { key: treeKey(archive.sha256), bytes, content })
    } catch (error) {
      await rm(temporary, { recursive: true, force: true })
      throw error
    }
  }
  /** A disk that is full is tried once more when others have left. */
  const makeWithRoom = async (archive: Archive, signal: AbortSignal): Promise<void> => {
    const again = async (error: unknown): Promise<Claim> => {
      if (!(error instanceof Full) && !isFull(error)) throw error
      if ((await entries.evict(limits.bytes)) === 0) throw await entries.full()
      return make(archive, signal)
    }
    try {
      const claim = await make(archive, signal).catch(again)
      claim.release()
    } catch (error) {
      throw error instanceof Full || isFull(error) ? await entries.full() : error
    }
  }
  return (archive, signal) =>
    works.join(archive.sha256, ({ signal: stop }) => turns.run(() => makeWithRoom(archive, stop), stop), {
      signal,
    })
}

class Full extends Error {}

function errorOf({ code, message }: { code: string; message: string }): Error {
  if (FULL.has(code)) return new Full(message)
  return WRONG.test(code) || code === ''
    ? new Unavailable(`it cannot be unpacked: ${message}`)
    : new Error(message)
}

function run(args: string[], signal: AbortSignal): Promise<Unpacked> {
  const { promise, resolve, reject } = Promise.withResolvers<Unpacked>()
  const [, folder = ''] = args
  const child = fork(CHILD, args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {},
    execArgv: ['--permission', '--allow-fs-read=*', `--allow-fs-write=${folder}`, '--max-old-space-size=512'],
    signal,
    killSignal: 'SIGKILL',
  })
  let trouble: Error | undefined
  child.on('message', (unpacked: Unpacked) => resolve(unpacked))
  child.on('error', (error) => {
    trouble = error
    // one that has begun writes until it has ended
    if (child.pid === undefined) reject(error)
  })
  child.on('exit', (code, killed) => {
    const told = `it cannot be unpacked: the process that does it ended (${killed ?? code})`
    reject(trouble ?? new Unavailable(told))
  })
  return promise
}
