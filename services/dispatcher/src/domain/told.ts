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

type Telling = Pick<Heartbeat, 'worker' | 'attempts' | 'lookups'>

/** What of it is news for those who watch, by the heartbeat before; of preparations and pulls only what has changed. */
export function newsOf(beat: Telling, before: Omit<Telling, 'worker'> | undefined): FeedItem[] {
  const prepared = new Map(before?.attempts.map(({ nonce, preparing }) => [nonce, preparing]))
  const news = beat.attempts.flatMap(({ run, attempt, nonce, progress, preparing }): FeedItem[] => [
    ...(preparing === prepared.get(nonce)
      ? []
      : [{ kind: 'preparing' as const, run, attempt, ...(preparing === undefined ? {} : { preparing }) }]),
    ...(progress === undefined ? [] : [{ kind: 'progress' as const, run, attempt, progress }]),
  ])
  return [...news, ...pullsOf(beat, before)]
}

function pullsOf({ worker, lookups = [] }: Telling, before: Omit<Telling, 'worker'> | undefined): FeedItem[] {
  const byImage = (those: typeof lookups) => new Map(those.map(({ image, how }) => [image, how]))
  const [now, then] = [byImage(lookups), byImage(before?.lookups ?? [])]
  const changed = [...now].filter(([image, how]) => then.get(image) !== how)
  const over = [...then.keys()].filter((image) => !now.has(image))
  return [
    ...changed.map(([image, how]): FeedItem => ({ kind: 'image', image, worker, how })),
    ...over.map((image): FeedItem => ({ kind: 'image', image, worker })),
  ]
}
