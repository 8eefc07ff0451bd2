/**
 * Where inputs and outputs lie: for now a shared folder, later S3. So nothing is ever moved: each attempt has its
 * own folder, and the record names the winner (H7).
 *
 *   runs/<run>/<attempt>/{outputs/,log.txt}                 ensembles/<id>/<index div 1000>/<index>/<attempt>/…
 *   runs/<run>/run.json                                     files/sha256/<first two hex>/<hex>
 *   ensembles/<id>/{ensemble.json,rows/,results/,…}         what was pinned, rows of ended members, tables
 *   carya/<installation>.sequence              written by its dispatcher from the start on: whose store it is
 */
import { attemptFolder, type Token } from '@carya/contracts'
import { randomBytes } from 'node:crypto'
import { access, constants, open, readdir, realpath, rename, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { contentPath, putContent, type PutOptions, type Stored } from './content.ts'
import { StoreError } from './error.ts'
import { hashFile } from './hashing.ts'
import { listFiles, type Listing, type ListOptions } from './listing.ts'
import { measureFolder, type Measured } from './measuring.ts'
import { give, makeBelow, modelOwner, type Owner } from './owner.ts'
import { makeOutputs, type MountPoint } from './outputs-folder.ts'
import { locate } from './regular-file.ts'
import { openSlice, type ByteRange, type Slice } from './slice.ts'

export type OfMember = { ensemble?: string | undefined; index?: number | undefined }
export type OfAttempt = Token & OfMember
/** An attempt's places: `folder` relative to the root (as reports name it), the others absolute. */
export type AttemptPlace = { folder: string; path: string; outputs: string; log: string }

export type Store = {
  /** The root's real, absolute path. */
  root: string
  /** As whom models run. */
  modelOwner: Owner
  /** An attempt's places, whether or not they exist yet. */
  attempt(of: OfAttempt): AttemptPlace
  /** Makes an attempt's folder and its `outputs/`, which the models' user may write. Repeating it is harmless. */
  makeAttempt(of: OfAttempt): Promise<AttemptPlace>
  /** Makes an attempt's folder alone. */
  makeAttemptFolder(of: OfAttempt): Promise<AttemptPlace>
  /** Makes its `outputs/`, with what other things are mounted on; see `makeOutputs`. Repeating it is harmless. */
  makeOutputs(of: OfAttempt, mountPoints: readonly MountPoint[]): Promise<void>
  /** A part of a file, by its path relative to the root; see `openSlice`. */
  read(path: string, range?: ByteRange): Promise<Slice>
  /** Regular files below a folder, relative to the root; see `listFiles`. */
  list(folder: string, most: number, options?: ListOptions): Promise<Listing>
  /** Bytes below a folder, relative to the root; see `measureFolder`. For a process that may hang. */
  measure(folder: string, seconds: number): Promise<Measured>
  /** The hash of a file, by its path relative to the root; see `hashFile`. */
  hash(path: string, bounds: { most: number; mayGoOn: () => boolean }): Promise<string | undefined>
  /** Bytes that are free for models, and in all, where the store lies. */
  space(): Promise<{ free: number; size: number }>
  /** Stores content under its hash; see `putContent`. */
  put(source: AsyncIterable<Uint8Array>, options: PutOptions): Promise<Stored>
  /** Where content of a hash lies, relative to the root. */
  contentPath(sha256: string): string
  /** Replaces `run.json` of a run (or member) whole: readers see the old one or the new one. */
  writeRun(run: OfMember & { id: string }, record: unknown): Promise<void>
  /** A run's or member's `run.json`, by its id; undefined where there is none. Throws `too_large`, or where it is no JSON. */
  readRun(id: string): Promise<unknown>
  /** An ensemble's folder: absolute, and relative to the root. */
  ensemble(id: string): { path: string; folder: string }
  /** Makes it. Repeating it is harmless. */
  makeEnsemble(id: string): Promise<{ path: string; folder: string }>
  /** Writes a segment of rows whole; resolves when it is on the disk, and its name too. */
  writeRows(id: string, name: string, rows: string): Promise<void>
  /** Replaces `ensemble.json` whole. */
  writeEnsemble(id: string, record: unknown): Promise<void>
  /** An ensemble's `ensemble.json`; undefined where there is none. Throws `too_large`, or where it is no JSON. */
  readEnsemble(id: string): Promise<unknown>
  /** Names of the folders of ensembles. */
  ensembles(): Promise<string[]>
  /** The highest commit that an installation is known to have made; 0 where nothing was noted. */
  readSequence(installation: string): Promise<number>
  /** Whether its dispatcher has ever noted one here: whether this is that installation's store at all. */
  isOf(installation: string): Promise<boolean>
  /** Notes it; the last call wins. */
  writeSequence(installation: string, seq: number): Promise<void>
}

/** Of a record's file, in bytes: its parts are bounded by those who report them. */
const MOST_RECORD = 32 * 2 ** 20

/** Opens the store in a folder that exists and may be written; throws where it does not, or is no such folder. */
export async function openStore(folder: string): Promise<Store> {
  const root = await realpath(folder)
  const stats = await stat(root)
  if (!stats.isDirectory()) throw new Error(`the store is not a folder: ${folder}`)
  // what an unmounted shared folder shows is the folder beneath it, which is root's
  await access(root, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    const uid = process.getuid?.() ?? 'this user'
    throw new Error(`the store may not be written by ${uid}: ${root} (is it mounted?)`, { cause })
  })
  const rootOwner = { uid: stats.uid, gid: stats.gid }
  const models = modelOwner(rootOwner)
  const owners = { rootOwner, models }

  const attempt = (of: OfAttempt): AttemptPlace => {
    const relative = attemptFolder(of, memberOf(of))
    const path = locate(root, relative)
    return { folder: relative, path, outputs: join(path, 'outputs'), log: join(path, 'log.txt') }
  }
  const recordPath = (run: string, of: OfMember): string =>
    `${dirname(attemptFolder({ run, attempt: 1, nonce: '' }, memberOf(of)))}/run.json`
  const write = async (path: string, content: string): Promise<void> => {
    await makeBelow(root, dirname(path), rootOwner)
    await replaceFile(locate(root, path), content, rootOwner)
  }
  const ensemble = (id: string) => ({ folder: ensembleFolder(id), path: locate(root, ensembleFolder(id)) })
  return {
    root,
    modelOwner: models,
    attempt,
    contentPath,
    async makeAttempt(of) {
      const place = attempt(of)
      await makeOutputs(root, place.folder, owners, [])
      return place
    },
    async makeAttemptFolder(of) {
      const place = attempt(of)
      await makeBelow(root, place.folder, rootOwner)
      return place
    },
    makeOutputs: (of, mountPoints) => makeOutputs(root, attempt(of).folder, owners, mountPoints),
    read: (path, range) => openSlice(root, path, range),
    list: (path, most, options) => listFiles(root, path, most, options),
    measure: (path, seconds) => measureFolder(root, path, seconds),
    hash: (path, bounds) => hashFile(root, path, bounds),
    async space() {
      const { bavail, blocks, bsize } = await statfs(root)
      return { free: bavail * bsize, size: blocks * bsize }
    },
    put: (source, options) => putContent(root, rootOwner, source, options),
    writeRun: (run, record) => write(recordPath(run.id, run), `${JSON.stringify(record, undefined, 2)}\n`),
    async readRun(id) {
      const record = await readSmall(root, recordPath(id, ofMember(id)), MOST_RECORD)
      return record === undefined ? undefined : JSON.parse(record)
    },
    ensemble,
    async makeEnsemble(id) {
      await makeBelow(root, ensembleFolder(id), rootOwner)
      return ensemble(id)
    },
    async writeRows(id, name, rows) {
      const place = `${ensembleFolder(id)}/rows`
      await write(`${place}/${name}`, rows)
      await syncFolder(locate(root, place))
    },
    writeEnsemble: (id, record) =>
      write(`${ensembleFolder(id)}/ensemble.json`, `${JSON.stringify(record)}\n`),
    async readEnsemble(id) {
      const record = await readSmall(root, `${ensembleFolder(id)}/ensemble.json`, MOST_RECORD)
      return record === undefined ? undefined : JSON.parse(record)
    },
    async ensembles() {
      return readdir(locate(root, 'ensembles')).catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
        throw error
      })
    },
    async readSequence(installation) {
      const seq = Number((await readSmall(root, sequencePath(installation), 64)) ?? 0)
      return Number.isSafeInteger(seq) ? seq : 0
    },
    isOf: async (installation) => (await readSmall(root, sequencePath(installation), 64)) !== undefined,
    writeSequence: (installation, seq) => write(sequencePath(installation), `${seq}\n`),
  }
}

function memberOf({ ensemble, index }: OfMember): { ensemble: string; index: number } | undefined {
  return ensemble === undefined || index === undefined ? undefined : { ensemble, index }
}

/** A member's id is `<ensemble>-<index>`. */
function ofMember(id: string): OfMember {
  const [, ensemble, index] = /^(e[^-]+)-(\d+)$/.exec(id) ?? []
  return ensemble === undefined ? {} : { ensemble, index: Number(index) }
}

const ensembleFolder = (id: string): string => `ensembles/${id}`

const sequencePath = (installation: string): string => `carya/${installation}.sequence`

/** A small regular file's text; undefined where there is none. */
async function readSmall(root: string, path: string, most: number): Promise<string | undefined> {
  try {
    const { size, stream } = await openSlice(root, path, { to: most })
    if (size > most) {
      stream.destroy()
      throw new StoreError('too_large', `larger than ${most} bytes: ${path}`)
    }
    return await text(stream)
  } catch (error) {
    if (error instanceof StoreError && error.code === 'missing') return undefined
    throw error
  }
}

/** A new name in a folder outlives a power failure only when the folder was synced too. */
async function syncFolder(path: string): Promise<void> {
  await using handle = await open(path, 'r')
  await handle.sync()
}

async function replaceFile(target: string, content: string, owner: Owner): Promise<void> {
  const temporary = `${target}.${randomBytes(8).toString('hex')}`
  try {
    await using handle = await open(temporary, 'wx', 0o644)
    await handle.writeFile(content)
    await handle.sync()
    await give(temporary, owner)
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
