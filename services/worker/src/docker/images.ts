/** Images: one search of each at a time, pull included, however many runs wait for it; and what must be known of them. */
import type { Failure } from '@carya/contracts'
import { isId, manifestOf, pinned, type ImageFacts } from '../domain/image-name.ts'
import type { Resolution } from '../ports.ts'
import { SharedWork, type Waiting } from '../shared-work.ts'
import type { Credentials } from './credentials.ts'
import { answered, type Engine } from './engine.ts'
import { pullImage } from './pull.ts'

export type Images = {
  /** The paths the image declares as volumes; pulls it if it is missing. Rejects with the signal's reason. */
  volumes(image: string, waiting: Waiting): Promise<string[] | Failure>
  /** What was known of the image no longer holds: the engine says it is gone. */
  forget(image: string): void
  /** What an image is pinned by; pulls it if it is missing, and if it is `fresh` in any case. */
  resolve(image: string, fresh: boolean, waiting: Waiting): Promise<Resolution>
}

type Present = { facts: ImageFacts; told?: string }

export function openImages(engine: Engine, credentials: Credentials): Images {
  const known = new Map<string, string[]>()
  const searches = new SharedWork<Present | Failure>()
  const refreshes = new SharedWork<Present | Failure>()

  const inspect = async (image: string): Promise<ImageFacts | undefined> => {
    try {
      return await engine.ask((docker) => docker.getImage(image).inspect())
    } catch (error) {
      if (answered(error, 400, 404)) return undefined
      throw error
    }
  }
  const pull = async (image: string, tell: (how: string) => void): Promise<Present | Failure> => {
    const end = await pullImage(engine, credentials, image, tell)
    if ('kind' in end) return end
    const facts = await inspect(image)
    if (!facts) return unavailable(`${image} was pulled, and is gone again`)
    return { facts, ...(end.digest === undefined ? {} : { told: end.digest }) }
  }
  const present = (image: string, waiting?: Waiting): Promise<Present | Failure> =>
    searches.join(
      image,
      async ({ tell }) => {
        const facts = await inspect(image)
        if (facts) return { facts }
        if (isId(image)) return unavailable(`${image} was built on another host, and is not on this one`)
        tell('')
        return pull(image, tell)
      },
      waiting,
    )
  /**
   * Its tag may have moved. Where the registry gives no answer, what came from it before is none either; but what has
   * only ever been on this host cannot have moved there.
   */
  const refreshed = (image: string, waiting: Waiting): Promise<Present | Failure> =>
    refreshes.join(
      image,
      async ({ tell }) => {
        const end = await pull(image, tell)
        const facts = 'kind' in end ? await inspect(image) : undefined
        if (!('kind' in end) || !facts) return end
        if (pinned(image, facts).by === 'id') return { facts }
        return unavailable(`${end.detail}. It is on this host, but perhaps not as its registry has it now`)
      },
      waiting,
    )
  return {
    forget: (image) => void known.delete(image),
    async volumes(image, waiting) {
      const before = known.get(image)
      if (before) return before
      const found = await present(image, waiting)
      if ('kind' in found) return found
      const volumes = Object.keys(found.facts.Config?.Volumes ?? {})
      known.set(image, volumes)
      return volumes
    },
    async resolve(image, fresh, waiting) {
      const found = await (fresh && mayMove(image) ? refreshed(image, waiting) : present(image, waiting))
      if ('kind' in found) return { error: found.detail }
      const manifest = manifestOf(found.facts)
      return {
        image: pinned(image, found.facts, found.told),
        ...(manifest === undefined ? {} : { manifest }),
      }
    },
  }
}

function mayMove(image: string): boolean {
  return !isId(image) && !image.includes('@')
}

function unavailable(detail: string): Failure {
  return { kind: 'image_unavailable', detail }
}
