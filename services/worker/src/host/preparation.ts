/**
 * Makes what a model's container is given. In the attempt's folder stand, beside its outputs and log: `params.json`,
 * the rendered parameter files, copies of inputs, and `job.json`, from which a lost record can be rebuilt (H3).
 */
import type { Failure, Job } from '@carya/contracts'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { containerOf, type HostFacts, type Places } from '../domain/isolation.ts'
import { withMember } from '../domain/member.ts'
import type { Preparation } from '../ports.ts'
import { findInputs, type InputOptions } from './inputs.ts'

export type PreparationOptions = InputOptions & { host: HostFacts }

export function openPreparation(options: PreparationOptions): Preparation {
  const { store, host } = options
  return {
    async prepare(job, signal) {
      try {
        const place = await store.makeAttempt(job)
        const params = join(place.path, 'params.json')
        const [files, inputs] = await Promise.all([
          writeFiles(job, place.path),
          findInputs(job, place.path, options, signal),
          writeFile(params, `${JSON.stringify(job.params, undefined, 2)}\n`),
          writeFile(join(place.path, 'job.json'), `${JSON.stringify(job)}\n`),
        ])
        if ('kind' in inputs) return inputs
        return containerOf(job, host, { outputs: place.outputs, params, inputs, files })
      } catch (error) {
        signal.throwIfAborted()
        return storeFailure(error)
      }
    },
    async discard(token) {
      await rm(store.attempt(withMember(token)).path, { recursive: true, force: true })
    },
  }
}

/** Parameter files, each under a number: their targets are paths in the container and may clash with each other. */
async function writeFiles(job: Job, folder: string): Promise<Places['files']> {
  if (job.files.length === 0) return []
  const own = join(folder, 'files')
  await mkdir(own, { recursive: true })
  return Promise.all(
    job.files.map(async ({ path, content }, index) => {
      const file = join(own, String(index))
      await writeFile(file, content)
      return { path: file, target: posix.resolve('/carya', path) }
    }),
  )
}

function storeFailure(error: unknown): Failure {
  return {
    kind: 'engine_error',
    detail: `the store cannot be written: ${error instanceof Error ? error.message : String(error)}`,
  }
}
