/**
 * Has a worker look up an image, for the dispatcher has no engine. One that was built on a host is known there alone,
 * so where the first worker has nothing of the name, all others are asked at once, and the first that has it counts.
 */
import { badRequest, problem, type FoundImage, type Problem, type Resolved } from '@carya/contracts'
import { randomUUID } from 'node:crypto'
import type { Orders, WorkerStore } from '../ports.ts'

export type FindImageParts = {
  workers: WorkerStore
  orders: Orders
  /** Resolves with a worker's answer to this request; rejects with the signal's reason. */
  answered: (request: string, signal: AbortSignal) => Promise<Resolved>
}

/** `fresh`: the registry is asked first, for the tag may have moved. */
export type FindImage = (
  image: string,
  fresh: boolean,
  signal: AbortSignal,
) => Promise<{ found: FoundImage } | { rejected: Problem }>

/** Pulling a large image takes its time. */
const PATIENCE_MS = 10 * 60_000
const ASK_AGAIN_MS = 2000

export function findImage({ workers, orders, answered }: FindImageParts): FindImage {
  type Answer = Pick<Resolved, 'image' | 'manifest' | 'error'>

  async function ask(worker: string, image: string, fresh: boolean, signal: AbortSignal): Promise<Answer> {
    const request = randomUUID()
    const lost = new AbortController()
    const patience = AbortSignal.any([signal, lost.signal, AbortSignal.timeout(PATIENCE_MS)])
    const order = () => orders.send(worker, [{ do: 'resolve', request, image, ...(fresh ? { fresh } : {}) }])
    const look = async () => {
      const known = await workers.view(worker)
      if (!known || known.state === 'lost') lost.abort()
    }
    const answer = answered(request, patience)
    order()
    // an order alone can be lost; resolving twice gives the same digest
    const asking = setInterval(() => {
      order()
      look().catch(() => undefined)
    }, ASK_AGAIN_MS)
    try {
      return await answer
    } catch (error) {
      if (lost.signal.aborted && !signal.aborted) return { error: 'it was lost before it could answer' }
      throw error
    } finally {
      clearInterval(asking)
    }
  }

  /** The first answer of these that has the image. */
  async function anyOf(names: readonly string[], image: string, fresh: boolean, signal: AbortSignal) {
    const enough = new AbortController()
    const either = AbortSignal.any([signal, enough.signal])
    try {
      return await Promise.any(
        names.map(async (name) => {
          const answer = await ask(name, image, fresh, either)
          if (!answer.image) throw new Error(answer.error)
          return answer
        }),
      )
    } catch {
      signal.throwIfAborted()
      return undefined
    } finally {
      enough.abort()
    }
  }

  return async (image, fresh, signal) => {
    const live = (await workers.all()).filter((each) => each.state === 'live').map(({ name }) => name)
    const [first, ...others] = live
    if (first === undefined) return { rejected: noWorker }
    const own = await ask(first, image, fresh, signal)
    const answer = own.image ? own : await anyOf(others, image, fresh, signal)
    if (!answer?.image) {
      const more = others.length === 0 ? '' : `; nor has any of ${others.length} other workers it`
      const detail = `worker ${first}: ${own.error ?? 'no such image'}${more}`
      return { rejected: badRequest([{ path: 'image', value: image, detail }]) }
    }
    const { manifest } = answer
    return { found: { image: answer.image, ...(manifest === undefined ? {} : { manifest }) } }
  }
}

const noWorker = problem(
  503,
  'no-worker',
  'No worker is there to find the image',
  'a model is pinned by the digest of its image, which a worker finds; start one and try again',
)
