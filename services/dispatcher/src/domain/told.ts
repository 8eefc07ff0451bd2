/** What a worker's heartbeats tell of its attempts: how far a model is, or what is done for it before it starts. */
import type { FeedItem, Heartbeat } from '@carya/contracts'
import { isCurrent, type RunRecord } from './record.ts'

export type Told = { progress?: number; preparing?: string }

/** What it says of a run's current attempt. */
export function toldOf(run: RunRecord, beat: Pick<Heartbeat, 'attempts'>): Told {
  const { progress, preparing } =
    beat.attempts.find((each) => each.run === run.id && isCurrent(run, each)) ?? {}
  return {
    ...(progress === undefined ? {} : { progress }),
    ...(preparing === undefined ? {} : { preparing }),
  }
}

/** What of it is news for those who watch, by the heartbeat before; of preparations only what has changed. */
export function newsOf(
  { attempts }: Pick<Heartbeat, 'attempts'>,
  before: Pick<Heartbeat, 'attempts'> | undefined,
): FeedItem[] {
  const prepared = new Map(before?.attempts.map(({ nonce, preparing }) => [nonce, preparing]))
  return attempts.flatMap(({ run, attempt, nonce, progress, preparing }): FeedItem[] => [
    ...(preparing === prepared.get(nonce)
      ? []
      : [{ kind: 'preparing' as const, run, attempt, ...(preparing === undefined ? {} : { preparing }) }]),
    ...(progress === undefined ? [] : [{ kind: 'progress' as const, run, attempt, progress }]),
  ])
}
