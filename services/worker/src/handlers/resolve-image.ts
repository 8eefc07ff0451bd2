/** Finds the digest of an image for the dispatcher, which has no engine. */
import type { Clock, Containers, Reports } from '../ports.ts'

/** Images that are pulled for that, by request, and how far each pull is: heartbeats tell of it. */
export type Lookups = Map<string, { image: string; how: string }>

export type ResolveParts = {
  worker: string
  containers: Pick<Containers, 'resolve'>
  reports: Pick<Reports, 'publish'>
  clock: Clock
  lookups: Lookups
  /** a pull has begun: the next heartbeat is to tell of it soon */
  pulls: () => void
}
export type ResolveImage = (order: {
  request: string
  image: string
  fresh?: boolean | undefined
}) => Promise<void>

/** The order is repeated until it is answered; as long as its image is looked for, that is passed over. */
export function resolveImage(parts: ResolveParts): ResolveImage {
  const { worker, containers, reports, clock, lookups, pulls } = parts
  const inHand = new Set<string>()
  return async ({ request, image, fresh = false }) => {
    if (inHand.has(request)) return
    inHand.add(request)
    const tell = (how: string): void => {
      const isNew = !lookups.has(request)
      lookups.set(request, { image, how })
      if (isNew) pulls()
    }
    try {
      const answer = await containers
        .resolve(image, fresh, { tell })
        .catch((error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }))
      await reports.publish({ v: 1, kind: 'resolved', worker, at: clock.now(), request, ...answer })
    } finally {
      inHand.delete(request)
      lookups.delete(request)
    }
  }
}
