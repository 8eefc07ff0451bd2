/** Images: one pull of each at a time, however many runs wait for it, and what must be known of them. */
import type { Failure, PinnedImage } from '@carya/contracts'
import { answered, EngineError, type Engine } from './engine.ts'

export type Images = {
  /** The paths the image declares as volumes; pulls it if it is missing. */
  volumes(image: string): Promise<string[] | Failure>
  /** What was known of the image no longer holds: the engine says it is gone. */
  forget(image: string): void
  /** The digest an image is known by, pulling it if it is missing. */
  resolve(image: string): Promise<PinnedImage | { error: string }>
}

type ImageFacts = { Id: string; RepoDigests?: string[] | null; Config?: { Volumes?: object | null } | null }

export function openImages(engine: Engine): Images {
  const known = new Map<string, string[]>()
  const pulls = new Map<string, Promise<Failure | undefined>>()

  const inspect = async (image: string): Promise<ImageFacts | undefined> => {
    try {
      return await engine.ask((docker) => docker.getImage(image).inspect())
    } catch (error) {
      if (answered(error, 400, 404)) return undefined
      throw error
    }
  }
  const pull = (image: string): Promise<Failure | undefined> => {
    const running = pulls.get(image) ?? pullOnce(engine, image).finally(() => pulls.delete(image))
    pulls.set(image, running)
    return running
  }
  const present = async (image: string): Promise<ImageFacts | Failure> => {
    const found = await inspect(image)
    if (found) return found
    if (image.startsWith('sha256:'))
      return unavailable(`${image} was built on another host, and is not on this one`)
    return (
      (await pull(image)) ?? (await inspect(image)) ?? unavailable(`${image} was pulled, and is gone again`)
    )
  }
  return {
    forget: (image) => void known.delete(image),
    async volumes(image) {
      const before = known.get(image)
      if (before) return before
      const found = await present(image)
      if ('kind' in found) return found
      const volumes = Object.keys(found.Config?.Volumes ?? {})
      known.set(image, volumes)
      return volumes
    },
    async resolve(image) {
      const found = await present(image)
      if ('kind' in found) return { error: found.detail }
      const [name = image] = image.split('@')
      const digests = (found.RepoDigests ?? []).map((each) => each.split('@'))
      const own = digests.find(([repository = '']) => shortName(repository) === shortName(name))?.[1]
      return own === undefined ? { name, digest: found.Id, by: 'id' } : { name, digest: own, by: 'repo' }
    },
  }
}

/** The repository as engines list it: without tag, and without what stands for the default registry. */
function shortName(image: string): string {
  return image.replace(/:[^:/]*$/, '').replace(/^(?:(?:index\.)?docker\.io\/)(?:library\/)?/, '')
}

async function pullOnce(engine: Engine, image: string): Promise<Failure | undefined> {
  // without a tag the engine would pull all of them
  const reference = image.includes('@') || /:[^:/]*$/.test(image) ? image : `${image}:latest`
  try {
    await engine.call(async (docker) => {
      const stream = await docker.pull(reference)
      await new Promise<void>((resolve, reject) => {
        // an error here is the stream's, which broke: no answer of the engine's
        docker.modem.followProgress(stream, (error: Error | null) => (error ? reject(error) : resolve()))
      })
    })
    return undefined
  } catch (error) {
    if (error instanceof EngineError) return unavailable(`${image} cannot be pulled: ${error.message}`)
    throw error
  }
}

function unavailable(detail: string): Failure {
  return { kind: 'image_unavailable', detail }
}
