/**
 * Hands on from one process of the worker to the next how the end of a model was seen: the next one is asked of it
 * again if it comes before the dispatcher has said `settled`, and by then the engine may have forgotten.
 */
import type { Ending } from '../domain/attempt.ts'
import type { Preparation } from '../ports.ts'
import type { Held } from './held.ts'

export type HandOnEnd = {
  /** What had ended it, and whether that counts, as an earlier process has seen it; undefined where none did. */
  taken(held: Held): Promise<Ending | undefined>
  /** For the next process. Of a run that was over in a moment nothing is kept, since that takes about as long. */
  given(held: Held): void
}

export function handOnEnd(preparation: Pick<Preparation, 'noteEnd' | 'endOf'>): HandOnEnd {
  return {
    async taken(held) {
      const { container, ended, job, token } = held
      // one that this process took itself has no earlier end
      if (job || !ended?.look) return undefined
      const seen = await preparation.endOf(token)
      if (!seen || seen.container !== container || seen.finishedAt !== ended.look.finishedAt) return undefined
      held.ended = { ...ended, trusted: seen.trusted }
      held.signalled = seen.signalled
      return seen.ending
    },
    given({ container, ended, job, live, signalled, state: { ending, letGo }, token }) {
      const finishedAt = ended?.look?.finishedAt
      const isBrief = job !== undefined && live === undefined
      if (isBrief || letGo || !ended || finishedAt === undefined || container === undefined || !ending) return
      void preparation.noteEnd(token, { container, finishedAt, trusted: ended.trusted, signalled, ending })
    },
  }
}
