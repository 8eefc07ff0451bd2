/** Reasons that lie with the workers: none there, none that takes jobs, none large enough, none that allows what its model asks, none that has the image. */
import type { Reason } from '@carya/contracts'
import { asksOf, isAllowedAt, refusedAt, type Ask } from './allowance.ts'
import { fits, type Cost } from './depth.ts'
import { costOf, type RunRecord } from './record.ts'
import { asked, listed, reason, thoseOf, type Scene, type WorkerFacts } from './scene.ts'

/** What decides which workers may have a run; a member that was never fed has it of its ensemble. */
export type Asking = { pool: string; cost: Cost; asks?: readonly Ask[] | undefined }
type Workers = Pick<Scene, 'workers' | 'hosts'>

export function askingOf(run: RunRecord): Asking {
  return { pool: run.pool, cost: costOf(run), asks: asksOf(run) }
}

/** Why no worker may have it, however long it waits; nothing where one may. */
export function noneFor(asking: Asking, workers: Workers): Reason[] {
  if (workers.hosts.length === 0) return noneLive(asking, workers)
  const tooLarge = noneLargeEnough(asking, workers)
  return tooLarge.length > 0 ? tooLarge : noneAllowing(asking, workers)
}

/** What keeps a worker that is not live from taking jobs. */
export function aside({ state, reason: why, lastBeatAt }: WorkerFacts): string {
  switch (state) {
    case 'lost':
      return `it was last heard at ${lastBeatAt}`
    case 'draining':
      return 'it is being drained'
    default:
      return why ?? state
  }
}

/** No live worker is in the pool. */
export function noneLive({ pool }: Pick<Asking, 'pool'>, scene: Workers): Reason[] {
  const mine = thoseOf({ pool }, scene)
  if (mine.length > 0) return mine.map((worker) => notTaking(worker))
  const live = scene.workers.filter((worker) => worker.state === 'live')
  const others = [...new Set(live.map((worker) => worker.pool))]
  const elsewhere =
    others.length === 0 ? 'nor in any other pool' : `there are workers in the pools: ${listed(others)}`
  return [
    reason('act', 'no-worker', `No worker is in the pool ${pool}, ${elsewhere}`, {
      hint: `carya worker add NAME --pool ${pool} lets one join${others.length === 0 ? '' : ', or submit for another pool'}`,
    }),
  ]
}

/** No live worker of the pool could hold the run, were it empty; nothing where one could. */
function noneLargeEnough({ pool, cost }: Asking, scene: Workers): Reason[] {
  if (scene.hosts.some((host) => fits(host.size, cost))) return []
  const away = thoseOf({ pool }, scene).filter((worker) => worker.state !== 'live' && fits(worker.size, cost))
  if (away.length > 0) return away.map((worker) => notTaking(worker))
  const largest = scene.hosts.toSorted((a, b) => b.size.cpus - a.size.cpus || b.size.memory - a.size.memory)
  const sizes = largest.map(({ worker, size }) => `${worker} (${asked(size)})`)
  return [
    reason(
      'never',
      'too-large',
      `It asks ${asked(cost)}, and no worker of the pool ${pool} is so large: ${listed(sizes)}`,
      { hint: 'add a larger worker, or cancel it and ask for less' },
    ),
  ]
}

/** No live worker of the pool that is large enough allows what its model asks; nothing where one does. */
function noneAllowing({ pool, cost, asks = [] }: Asking, scene: Workers): Reason[] {
  if (asks.length === 0) return []
  const refusals = scene.hosts
    .filter((host) => fits(host.size, cost))
    .map((host) => ({ worker: host.worker, refused: refusedAt(host, asks) }))
  if (refusals.some(({ refused }) => refused.length === 0)) return []
  const away = thoseOf({ pool }, scene).filter(
    (worker) => worker.state !== 'live' && fits(worker.size, cost) && isAllowedAt(worker, asks),
  )
  if (away.length > 0) return away.map((worker) => notTaking(worker))
  const models = listed([...new Set(asks.map(({ model }) => model))])
  const words = [...new Set(refusals.flatMap(({ refused }) => refused))].join('; ')
  return [
    reason(
      'act',
      'not-allowed',
      `No worker of the pool ${pool} allows its ${words} (asked by ${models}): ${listed(refusals.map(({ worker }) => worker))}`,
      { hint: 'allow it in the policy file of a host: docs/security.md' },
    ),
  ]
}

/** An image that no registry has is on the hosts where it was built, and nowhere else. */
export function imageElsewhere(run: RunRecord, { hosts }: Scene): Reason[] {
  if (run.image.by !== 'id') return []
  const lacking = new Set(
    run.attempts.flatMap(({ failure, worker }) =>
      failure?.kind === 'image_unavailable' && worker !== undefined ? [worker] : [],
    ),
  )
  const allowing = hosts.filter((host) => isAllowedAt(host, asksOf(run)))
  if (lacking.size === 0 || !allowing.every((host) => lacking.has(host.worker))) return []
  return [
    reason(
      'act',
      'image-elsewhere',
      `Its image ${run.image.name} is known by the id of the engine it was built on, and is not on ${listed([...lacking])}`,
      { hint: 'push the image to a registry and register the model again, or load it on those hosts' },
    ),
  ]
}

function notTaking(worker: WorkerFacts): Reason {
  const { name, state } = worker
  const hints: Partial<Record<WorkerFacts['state'], string>> = {
    lost: `start the worker ${name} again, or look at its host; one that is gone for good: carya worker rm ${name}`,
    draining: `carya worker drain ${name} --off has it take jobs again`,
    unwell: `look at its host; it tries again by itself now and then`,
  }
  const hint = hints[state]
  return reason('act', state, `${name} takes no jobs: ${aside(worker)}`, hint === undefined ? {} : { hint })
}
