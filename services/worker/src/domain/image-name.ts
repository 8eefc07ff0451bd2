/** Names of images, as people, registries and engines write them; and which digest an image is pinned by. */
import { MANIFEST_LABEL, type PinnedImage } from '@carya/contracts'

/** `registry` is `docker.io` where none is named, and what stands there without a folder lies in `library/`. */
export type ImageName = { registry: string; repository: string; tag?: string; digest?: string }

export const HUB = 'docker.io'
const HUB_TOO = new Set(['index.docker.io', 'registry-1.docker.io'])

/** Reads a reference in the way of Docker's: what stands before the first slash is a host if it looks like one. */
export function parseImage(image: string): ImageName {
  const [named = '', digest] = image.split('@')
  const [path = named] = named.split(/:[^:/]*$/)
  const tag = named.slice(path.length + 1)
  const slash = path.indexOf('/')
  const first = path.slice(0, Math.max(0, slash))
  const isHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase()
  const registry = !isHost || HUB_TOO.has(first) ? HUB : first
  const rest = isHost ? path.slice(slash + 1) : path
  return {
    registry,
    repository: registry === HUB && !rest.includes('/') ? `library/${rest}` : rest,
    ...(tag === '' ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  }
}

/** What the engine is asked to pull: without tag and digest it would pull all tags. */
export function pullReference(image: string): string {
  const { tag, digest } = parseImage(image)
  return tag === undefined && digest === undefined ? `${image}:latest` : image
}

/** Whether it is an engine's own id, which no registry knows. */
export function isId(image: string): boolean {
  return image.startsWith('sha256:')
}

/** What an engine knows of an image. */
export type ImageFacts = {
  Id: string
  RepoDigests?: string[] | null
  Config?: { Volumes?: object | null; Labels?: Record<string, string> | null } | null
}

/**
 * The digest by which other hosts can have it: one that the registry gave it under this very name. It may have several
 * there; then the one that was asked for, or that the registry has told just now (`told`), goes first. Else the
 * engine's id, which only this host knows.
 */
export function pinned(image: string, { Id, RepoDigests }: ImageFacts, told?: string): PinnedImage {
  const [name = image] = image.split('@')
  const asked = parseImage(image)
  const own = (RepoDigests ?? []).map(parseImage).flatMap(({ registry, repository, digest }) => {
    const isSame = registry === asked.registry && repository === asked.repository
    return isSame && digest !== undefined ? [digest] : []
  })
  const digest = [asked.digest, told].find((each) => each !== undefined && own.includes(each)) ?? own[0]
  return digest === undefined ? { name, digest: Id, by: 'id' } : { name, digest, by: 'repo' }
}

const MOST_MANIFEST = 256 * 1024

/** The manifest that an image carries; none where it is longer than any manifest. */
export function manifestOf({ Config }: ImageFacts): string | undefined {
  const text = Config?.Labels?.[MANIFEST_LABEL]
  return text !== undefined && text.length <= MOST_MANIFEST ? text : undefined
}
