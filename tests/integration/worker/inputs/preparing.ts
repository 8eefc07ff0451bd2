/** Preparations as the worker makes them, with a store and a cache of the test's own. */
import { newId, newNonce, type Failure, type Job } from '@carya/contracts'
import { openStore } from '@carya/store'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCache, type Cache, type CacheOptions } from '../../../../services/worker/src/host/cache/cache.ts'
import type { ContainerSpec } from '../../../../services/worker/src/domain/isolation.ts'
import { openPreparation } from '../../../../services/worker/src/host/preparation.ts'
import { openTurns } from '../../../../services/worker/src/turns.ts'

export type Told = { message: string; fields: Record<string, unknown> }

/** A folder that goes with the test. */
export async function folderOfOurs() {
  const path = await mkdtemp(join(tmpdir(), 'carya-inputs-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** A cache in a folder; `told`: what it wrote to the log. */
export async function cacheIn(root: string, options: Partial<CacheOptions> = {}) {
  const told: Told[] = []
  const tell = (fields: object, message: string) => void told.push({ message, fields: { ...fields } })
  const cache = await openCache({
    root,
    size: 2 ** 30,
    limit: 2 ** 30,
    allowPrivateUrls: true,
    bootId: 'boot',
    fetches: openTurns(24),
    log: { info: tell, warn: tell },
    ...options,
  })
  return { cache, told }
}

export async function preparationIn(folder: string, cache: Cache, fileRoots: string[] = []) {
  return openPreparation({
    store: await openStore(folder),
    cache,
    fileRoots,
    limit: 2 ** 30,
    fetches: openTurns(24),
    host: {
      installation: 'test',
      worker: 'w1',
      cpus: 1,
      user: { uid: 10_001, gid: 10_001 },
      fileBytes: 2 ** 20,
      logBytes: 2 ** 20,
      bootId: 'b',
      liveRestore: false,
    },
  })
}

export const jobOf = (inputs: Job['inputs'] = {}, more: Partial<Job> = {}): Job => ({
  v: 1,
  run: newId('r'),
  attempt: 1,
  nonce: newNonce(),
  submitter: 'tests',
  model: 'shell@1',
  image: { name: 'shell', digest: `sha256:${'1'.repeat(64)}`, by: 'id' },
  params: {},
  inputs,
  files: [],
  resources: { cpus: 1, memory: 2 ** 26 },
  timeout: 60,
  lease: 60,
  pool: 'default',
  needs: [],
  queuedAt: new Date().toISOString(),
  ...more,
})

/** Where on the host what is mounted there lies; throws where there is no container of it. */
export function sourceOf(spec: ContainerSpec | Failure, target: string): string {
  if ('kind' in spec) throw new Error(spec.detail)
  const mount = spec.mounts.find((each) => each.target === target)
  if (!mount?.readOnly) throw new Error(`${target} is not mounted, or can be written`)
  return mount.source
}

export const never = new AbortController().signal
export const waiting = { signal: never }
