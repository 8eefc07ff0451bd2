/** Finds the digest of an image for the dispatcher, which has no engine. */
import type { Clock, Containers, Reports } from '../ports.ts'

export type ResolveParts = { worker: string; containers: Containers; reports: Reports; clock: Clock }

export function resolveImage({ worker, containers, reports, clock }: ResolveParts) {
  return async (request: string, image: string): Promise<void> => {
    const found = await containers
      .resolve(image)
      .catch((error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }))
    const answer = 'digest' in found ? { image: found } : { error: found.error }
    await reports.publish({ v: 1, kind: 'resolved', worker, at: clock.now(), request, ...answer })
  }
}
