/**
 * Makes what a model's container is given. In the attempt's folder stand, beside its outputs and log: `params.json`,
 * the rendered parameter files, copies of inputs, and `job.json`, from which a lost record can be rebuilt (H3); later
 * `end.json`. All of these are written whole or not at all: a job may come twice, and the second time its model may run
 * already, here or on another host, and what it reads must not be cut short under it.
 */
import { Job, type Failure, type Token } from '@carya/contracts'
import type { Store } from '@carya/store'
import { mkdir, rm } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { json } from 'node:stream/consumers'
import { containerOf, type HostFacts, type Places } from '../domain/isolation.ts'
import { withMember } from '../domain/member.ts'
import { openTurns } from '../turns.ts'
import type { Preparation } from '../ports.ts'
import { readEnd, writeEnd } from './end-note.ts'
import { findInputs, type InputOptions } from './inputs.ts'
import { FETCHES, PREPARATIONS } from './threads.ts'
import { writeWhole } from './write-whole.ts'

export type PreparationOptions = InputOptions & { host: HostFacts }

const JOB = 'job.json'

export function openPreparation(options: PreparationOptions): Preparation {
  const { store, host } = options
  const files = openTurns(PREPARATIONS)
  const lines = { files, fetches: openTurns(FETCHES) }

  const prepare = async (job: Job, signal: AbortSignal): ReturnType<Preparation['prepare']> => {
    try {
      const made = await files.run(() => makeFiles(job, store), signal)
      const inputs = await findInputs(job, made.path, { ...options, ...lines }, signal)
      if ('kind' in inputs) return inputs
      return containerOf(job, host, { ...made, inputs })
    } catch (error) {
      signal.throwIfAborted()
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

type Made = Omit<Places, 'inputs'> & { path: string }

/** All but the inputs. `path`: the attempt's folder. */
async function makeFiles(job: Job, store: Store): Promise<Made> {
  const { outputs, path } = await store.makeAttempt(job)
  const params = join(path, 'params.json')
  const [files] = await Promise.all([
    writeFiles(job, path),
    writeWhole(params, `${JSON.stringify(job.params, undefined, 2)}\n`),
    writeWhole(join(path, JOB), `${JSON.stringify(job)}\n`),
  ])
  return { path, outputs, params, files }
}

/** Parameter files, each under a number: their targets are paths in the container and may clash with each other. */
async function writeFiles(job: Job, folder: string): Promise<Places['files']> {
  if (job.files.length === 0) return []
  const own = join(folder, 'files')
  await mkdir(own, { recursive: true })
  const written: Places['files'] = []
  for (const [index, { path, content }] of job.files.entries()) {
    const file = join(own, String(index))
    await writeWhole(file, content)
    written.push({ path: file, target: posix.resolve('/carya', path) })
  }
  return written
}

function storeFailure(error: unknown): Failure {
  return {
    kind: 'engine_error',
    detail: `the store cannot be written: ${error instanceof Error ? error.message : String(error)}`,
  }
}
