/**
 * Registers a model: its manifest is checked, a worker resolves the image to a digest (the dispatcher has no
 * engine), and the pinned model is committed as its name's default.
 */
import { badRequest, problem, type Model, type Problem, type Resolved } from '@carya/contracts'
import { checkManifest, errorsOfManifest } from '@carya/manifest'
import { randomUUID } from 'node:crypto'
import type { Clock, ModelStore, Orders, WorkerStore } from '../ports.ts'

export type RegisterParts = {
  models: ModelStore
  workers: WorkerStore
  orders: Orders
  clock: Clock
  /** Resolves with a worker's answer to this request; rejects with the signal's reason. */
  answered: (request: string, signal: AbortSignal) => Promise<Resolved>
}

export type RegisterModel = (
  manifest: unknown,
  signal: AbortSignal,
) => Promise<{ model: Model; created: boolean } | { rejected: Problem }>

/** Pulling a large image takes its time. */
const PATIENCE_MS = 10 * 60_000
const ASK_AGAIN_MS = 2000

export function registerModel({ models, workers, orders, clock, answered }: RegisterParts): RegisterModel {
  return async (body, signal) => {
    const checked = checkManifest(body)
    if ('faults' in checked) return { rejected: badRequest(errorsOfManifest(checked.faults, body)) }
    const { manifest } = checked
    const worker = (await workers.all()).find((each) => each.state === 'live')
    if (!worker)
      return {
        rejected: problem(
          503,
          'no-worker',
          'No worker is there to find the image',
          'a model is pinned by the digest of its image, which a worker finds; start one and try again',
        ),
      }
    const request = randomUUID()
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)])
    const ask = () => orders.send(worker.name, [{ do: 'resolve', request, image: manifest.image }])
    const answer = answered(request, patience)
    ask()
    // an order alone can be lost; resolving twice gives the same digest
    const asking = setInterval(ask, ASK_AGAIN_MS)
    const { image, error } = await answer.finally(() => clearInterval(asking))
    if (!image)
      return {
        rejected: badRequest([
          {
            path: 'image',
            value: manifest.image,
            detail: `worker ${worker.name}: ${error ?? 'no such image'}`,
          },
        ]),
      }
    const { name, version } = manifest
    const model: Model = { v: 1, name, version, default: true, image, manifest, registeredAt: clock.iso() }
    const { created } = await models.put(model)
    return { model, created }
  }
}
