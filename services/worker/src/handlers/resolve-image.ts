/** Finds the digest of an image for the dispatcher, which has no engine. */
import type { Clock, Containers, Reports } from '../ports.ts'

export type ResolveParts = { worker: string; containers: Containers; reports: Reports; clock: Clock }
export type ResolveImage = (order: {
  request: string
  image: string
  fresh?: boolean | undefined
}) => Promise<void>

/** The order is repeated until it is answered; as long as its image is looked for, that is passed over. */
export function resolveImage({ worker, containers, reports, clock }: ResolveParts): ResolveImage {
  const inHand = new Set<string>()
  return async ({ request, image, fresh = false }) => {
    if (inHand.has(request)) return
    inHand.add(request)
    try {
      const answer = await containers
        .resolve(image, fresh)
        .catch((error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }))
      await reports.publish({ v: 1, kind: 'resolved', worker, at: clock.now(), request, ...answer })
    } finally {
      inHand.delete(request)
    }
  }
}
