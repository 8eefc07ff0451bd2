/**
 * Makes what a model's container is given. In the attempt's folder stand, beside its outputs and log: `params.json`,
 * the rendered parameter files, and `job.json`, from which a lost record can be rebuilt (H3); later `end.json`. All of
 * these are written whole or not at all: a job may come twice, and the second time its model may run already, here or
 * on another host, and what it reads must not be cut short under it.
 */
import { Job, nameAmongOutputs, type Failure, type Token } from '@carya/contracts'
import type { MountPoint, Store } from '@carya/store'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { containerOf, type HostFacts, type Places } from '../domain/isolation.ts'
import { withMember } from '../domain/member.ts'
import { inputPlace, misplaced, placeOf } from '../domain/places.ts'
import { openTurns, type Turns } from '../turns.ts'
import type { Preparation } from '../ports.ts'
import type { Cache } from './cache/cache.ts'
import { readEnd, writeEnd } from './end-note.ts'
import { openFileHashes } from './file-hashes.ts'
import { findInputs, type FoundInput, type FoundInputs } from './inputs.ts'
import { PREPARATIONS } from './threads.ts'
import { Unavailable } from './unavailable.ts'
import { writeWhole } from './write-whole.ts'

export type PreparationOptions = {
  store: Store
  cache: Cache
  /** folders that `file:` inputs may come from */
  fileRoots: readonly string[]
  /** of one input, bytes */
  limit: number
  /** transfers at once, which may take long and keep no others from the disk */
  fetches: Turns
  host: HostFacts
}

const JOB = 'job.json'

export function openPreparation(options: PreparationOptions): Preparation {
  const { store, cache, fileRoots, limit, fetches, host } = options
  const files = openTurns(PREPARATIONS)
  const hashes = openFileHashes(limit, fetches)

  const prepare: Preparation['prepare'] = async (job, waiting) => {
    const { signal } = waiting
    const clash = misplaced(job)
    if (clash !== undefined) return { kind: 'model_error', detail: clash }
    try {
      const made = await files.run(() => makeFiles(job, store), signal)
      const inputs = await findInputs(job, { store, cache, hashes, fileRoots, files }, waiting)
      if ('kind' in inputs) return inputs
      return await files.run(async () => {
        await keep(job, inputs, cache)
        await store.makeOutputs(job, mountPointsOf(job, inputs.found))
        return containerOf(job, host, { ...made, inputs: inputs.found })
      })
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof Unavailable) return { kind: 'input_unavailable', detail: error.message }
      return storeFailure(error)
    }
  }
  const read = async (token: Token): Promise<Job | undefined> => {
    try {
      const { stream } = await store.read(`${store.attempt(withMember(token)).folder}/${JOB}`)
      return Job.safeParse(await json(stream)).data
    } catch {
      return undefined // not there, or cut short by a host that went down
    }
  }
  return {
    prepare,
    jobOf: (token) => files.run(() => read(token)),
    noteEnd: (token, end) =>
      files.run(() => writeEnd(store.attempt(withMember(token)).path, end)).catch(() => {}),
    endOf: (token) => files.run(() => readEnd(store, store.attempt(withMember(token)).folder)),
    async discard(token) {
      const { path } = store.attempt(withMember(token))
      await files.run(() => rm(path, { recursive: true, force: true }))
    },
  }
}

type Made = Omit<Places, 'inputs'>

/** All but the inputs and the folder of the outputs, whose mount points they tell. */
async function makeFiles(job: Job, store: Store): Promise<Made> {
  const { outputs, path } = await store.makeAttemptFolder(job)
  const params = join(path, 'params.json')
  const [files] = await Promise.all([
    writeFiles(job, path),
    writeWhole(params, `${JSON.stringify(job.params, undefined, 2)}\n`),
    writeWhole(join(path, JOB), `${JSON.stringify(job)}\n`),
  ])
  return { outputs, params, files }
}

/** Parameter files, each under a number: their targets are paths in the container and may clash with each other. */
async function writeFiles(job: Job, folder: string): Promise<Places['files']> {
  if (job.files.length === 0) return []
  const own = join(folder, 'files')
  await mkdir(own, { recursive: true })
  const written: Places['files'] = []
  for (const [index, { content }] of job.files.entries()) {
    const file = join(own, String(index))
    await writeWhole(file, content)
    written.push(file)
  }
  return written
}

/** What lies in the cache stays there, from now on because the attempt is held. */
async function keep(job: Job, { read, notes, cached }: FoundInputs, cache: Cache): Promise<void> {
  if (Object.keys(read).length === 0) return
  try {
    await cache.attempts.keep(job, { inputs: read, notes, entries: cached.map(({ key }) => key) })
  } finally {
    for (const { release } of cached) release()
  }
}

/** What is mounted among the outputs needs something there that it is mounted on. */
function mountPointsOf(job: Job, found: readonly FoundInput[]): MountPoint[] {
  const files = job.files.map(({ path }) => ({ target: placeOf(job, path), isFolder: false }))
  const inputs = found.map(({ name, isFolder }) => ({ target: inputPlace(job, name), isFolder }))
  return [...files, ...inputs].flatMap(({ target, isFolder }) => {
    const name = nameAmongOutputs(target)
    return name === undefined ? [] : [{ name, isFolder }]
  })
}

function storeFailure(error: unknown): Failure {
  return {
    kind: 'engine_error',
    detail: `the store cannot be written: ${error instanceof Error ? error.message : String(error)}`,
  }
}
