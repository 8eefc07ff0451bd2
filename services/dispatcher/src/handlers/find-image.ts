/**
 * Has a worker look up an image, for the dispatcher has no engine. One that was built on a host is known there alone,
 * so where the first worker has nothing of the name, all others are asked at once, and the first that has it counts. What
 * is known by an engine's id may be another image on another host, under the same name: then nobody can tell which of
 * them is meant, and none is taken.
 */
import { badRequest, problem, type FoundImage, type Problem, type Resolved } from '@carya/contracts'
import { randomUUID } from 'node:crypto'
import { listed } from '../domain/scene.ts'
import type { Orders, WorkerStore } from '../ports.ts'

export type FindImageParts = {
  workers: Pick<WorkerStore, 'all' | 'view' | 'find'>
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

/** Of one that does not say that it pulls the image, which takes its time. */
const PATIENCE_MS = 10 * 60_000
const ASK_AGAIN_MS = 2000
/** What is on a host it says at once; one that takes longer pulls what it has not. */
const COMPARED_MS = 10_000

type Answer = Pick<Resolved, 'image' | 'manifest' | 'error'>
type Own = { worker: string; id: string }

export function findImage({ workers, orders, answered }: FindImageParts): FindImage {
  async function ask(worker: string, image: string, fresh: boolean, signal: AbortSignal): Promise<Answer> {
    const request = randomUUID()
    const over = new AbortController()
    let heardAt = performance.now()
    const order = () => orders.send(worker, [{ do: 'resolve', request, image, ...(fresh ? { fresh } : {}) }])
    const look = async () => {
      const [known, beat] = await Promise.all([workers.view(worker), workers.find(worker)])
      if (!known || known.state === 'lost') over.abort('it was lost before it could answer')
      if (beat?.lookups?.some((each) => each.image === image)) heardAt = performance.now()
      else if (performance.now() - heardAt > PATIENCE_MS)
        over.abort(`it has not answered for ${PATIENCE_MS / 60_000} minutes`)
    }
    const answer = answered(request, AbortSignal.any([signal, over.signal]))
    order()
    // an order alone can be lost; resolving twice gives the same digest
    const asking = setInterval(() => {
      order()
      look().catch(() => undefined)
    }, ASK_AGAIN_MS)
    try {
      return await answer
    } catch (error) {
      if (over.signal.aborted && !signal.aborted) return { error: String(over.signal.reason) }
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
          return { worker: name, ...answer }
        }),
      )
    } catch {
      signal.throwIfAborted()
      return undefined
    } finally {
      enough.abort()
    }
  }

  /** The ids by which these know an image of the name; those that have none, or one of a registry's, are left out. */
  async function ownOf(names: readonly string[], image: string, signal: AbortSignal): Promise<Own[]> {
    const either = AbortSignal.any([signal, AbortSignal.timeout(COMPARED_MS)])
    const answers = await Promise.all(
      names.map(async (worker) => {
        const answer = await ask(worker, image, false, either).catch((error: unknown) => {
          if (signal.aborted || !either.aborted) throw error
          return undefined
        })
        return answer?.image?.by === 'id' ? [{ worker, id: answer.image.digest }] : []
      }),
    )
    return answers.flat()
  }

  return async (image, fresh, signal) => {
    const live = (await workers.all()).filter((each) => each.state === 'live').map(({ name }) => name)
    const [first, ...others] = live
    if (first === undefined) return { rejected: noWorker }
    const own = { worker: first, ...(await ask(first, image, fresh, signal)) }
    const answer = own.image ? own : await anyOf(others, image, fresh, signal)
    if (!answer?.image) {
      const more = others.length === 0 ? '' : `; nor has any of ${others.length} other workers it`
      const detail = `worker ${first}: ${own.error ?? 'no such image'}${more}`
      return { rejected: badRequest([{ path: 'image', value: image, detail }]) }
    }
    const { worker, manifest } = answer
    if (answer.image.by === 'id') {
      const rest = others.filter((name) => name !== worker)
      const found = [{ worker, id: answer.image.digest }, ...(await ownOf(rest, image, signal))]
      const detail = differing(found)
      if (detail !== undefined) return { rejected: badRequest([{ path: 'image', value: image, detail }]) }
    }
    return { found: { image: answer.image, ...(manifest === undefined ? {} : { manifest }) } }
  }
}

/** What to say where hosts know different images by one name; undefined where they know the same. */
function differing(found: readonly Own[]): string | undefined {
  const hosts = [...Map.groupBy(found, ({ id }) => id)]
  if (hosts.length < 2) return undefined
  const words = hosts.map(([id, those]) => `${shortly(id)} on ${listed(those.map(({ worker }) => worker))}`)
  const todo =
    'bring the one that is meant to the other hosts (docker save, docker load), push it to a registry, or give it a tag of its own'
  return `hosts have different images of this name, which were built there: ${words.join('; ')}. To go on, ${todo}`
}

/** As engines list them. */
const shortly = (id: string): string => id.replace('sha256:', '').slice(0, 12)

const noWorker = problem(
  503,
  'no-worker',
  'No worker is there to find the image',
  'a model is pinned by the digest of its image, which a worker finds; start one and try again',
)
