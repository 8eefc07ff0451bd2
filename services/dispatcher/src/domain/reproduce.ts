/**
 * A run that has ended, made again as a plain run of its own: from what was pinned when it was accepted, never from the
 * model as it is registered now, and with inputs pinned to what its last attempt has read.
 */
import { isTerminal, type Provenance, type ReproduceRequest } from '@carya/contracts'
import { DEFAULTS, type Asked } from './accept.ts'
import { askedResources } from './job.ts'
import type { EndedRun, RunRecord } from './record.ts'

export type Reproduction = { run: RunRecord; notes: string[] } | { refused: 'not-ended' | 'never-started' }

/**
 * The new run, and what may not be the same, in words. `made`: what its worker left of the attempt that counts, if it
 * can be read. Refused while there is nothing to compare with: it goes on, or its model was never started.
 */
export function reproduce(
  original: EndedRun,
  made: Pick<Provenance, 'startedAt' | 'inputs' | 'resources'> | undefined,
  request: ReproduceRequest,
  asked: Asked,
): Reproduction {
  const { id, state, model, image, command, params, files = [], setup, timeout, lease, retries } = original
  if (!isTerminal(state)) return { refused: 'not-ended' }
  const last = original.attempts.at(-1)
  if (!last || (last.startedAt ?? made?.startedAt) === undefined) return { refused: 'never-started' }
  const resources = askedResources(original.resources)
  const memory = last.memory ?? made?.resources.memory ?? resources.memory
  const { inputs, notes } = pinnedInputs(original, { ...made?.inputs, ...last.inputs })
  const run: RunRecord = {
    v: 1,
    version: 1,
    id: asked.id,
    state: 'pending',
    submitter: asked.submitter,
    model,
    image,
    ...(command ? { command } : {}),
    ...(setup ? { setup } : {}),
    params,
    inputs,
    files,
    resources,
    // an attempt that had run out of it was given more
    ...(memory > resources.memory ? { memory } : {}),
    timeout,
    lease: lease ?? DEFAULTS.lease,
    retries,
    priority: request.priority ?? 0,
    pool: request.pool ?? original.pool,
    labels: {},
    ...(request.key === undefined ? {} : { key: request.key }),
    reproduces: id,
    createdAt: asked.at,
    attempts: [],
    lastAttempt: 0,
    modelFailures: 0,
    hostFaults: [],
    replies: [],
  }
  return { run, notes }
}

function pinnedInputs(original: EndedRun, read: Record<string, { sha256?: string | undefined }>) {
  const inputs: RunRecord['inputs'] = {}
  const notes: string[] = []
  for (const [name, { url, sha256: given }] of Object.entries(original.inputs)) {
    // the address of uploaded content is its hash
    const [, stored] = /^store:sha256\/([0-9a-f]{64})$/.exec(url) ?? []
    const sha256 = read[name]?.sha256 ?? given ?? stored
    inputs[name] = sha256 === undefined ? { url } : { url, sha256 }
    if (sha256 === undefined)
      notes.push(`input ${name} (${url}) has no checksum: its content may have changed since`)
  }
  return { inputs, notes }
}
