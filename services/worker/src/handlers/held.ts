/** The attempts this worker holds: from the job that was taken until the dispatcher has let go. */
import type { Finished, Job, Token } from '@carya/contracts'
import type { AttemptPlace } from '@carya/store'
import { claimed, holdsRoom, type AttemptState } from '../domain/attempt.ts'
import { noProgress, type ProgressReader } from '../domain/progress.ts'
import { freeRoom, type Room } from '../domain/room.ts'
import type { Ended, LiveLog } from '../ports.ts'

export type Held = {
  readonly token: Token
  readonly place: AttemptPlace
  readonly room: Room
  /** seconds; unknown of one that was found without it */
  readonly timeout: number | undefined
  /** seconds */
  lease: number | undefined
  state: AttemptState
  /** ends its preparation */
  readonly stopping: AbortController
  /** as it was taken; absent of one that was found on the engine: then it stands in its folder */
  readonly job?: Job
  /** its job asks something of its outputs: known of one that was found, though its job may not be */
  asksOfOutputs?: boolean
  container?: string
  /** what is done for it before its model starts, in words for people; heartbeats tell it */
  preparing?: string | undefined
  startedAt?: string
  progress: ProgressReader
  live?: LiveLog
  usage?: { cpuSeconds: number; maxMemoryBytes: number }
  /** a signal of ours on its way; its end is judged when this is settled */
  signalling?: Promise<void>
  signalled: boolean
  ended?: Ended
  /** nobody was granted it, or ever will be: its folder, which others may have been given as well, can go */
  isUnused?: boolean
  /** its processes are gone: what it ran on is free, before it is known how it ended */
  isDead?: boolean
  /**
   * Log lines that were asked for: from which byte, and until when (milliseconds of the monotonic clock); those read
   * already wait for the next heartbeat.
   */
  tail?: { from: number; until: number; isReading?: boolean; read?: { text: string; bytes: number } }
  /** may be published again from then on (milliseconds of the monotonic clock); absent while it is on its way */
  report?: { body: Finished; againAt?: number }
  /** when the dispatcher was last told of it because it asked, milliseconds of the monotonic clock */
  toldAt?: number
}

export function hold(
  token: Token,
  place: AttemptPlace,
  room: Room,
  terms: Partial<Pick<Job, 'timeout' | 'lease'>>,
  job?: Job,
): Held {
  const { run, attempt, nonce } = token
  return {
    token: { run, attempt, nonce },
    place,
    room,
    timeout: terms.timeout,
    lease: terms.lease,
    state: claimed,
    stopping: new AbortController(),
    progress: noProgress,
    signalled: false,
    ...(job ? { job } : {}),
  }
}

export class Holdings {
  readonly size: Room
  readonly #held = new Map<string, Held>()
  readonly #listeners = new Set<() => void>()

  constructor(size: Room) {
    this.size = size
  }

  find(token: Token): Held | undefined {
    return this.#held.get(keyOf(token))
  }

  all(): Held[] {
    return [...this.#held.values()]
  }

  add(held: Held): void {
    this.#held.set(keyOf(held.token), held)
    this.changed()
  }

  drop(held: Held): void {
    this.#held.delete(keyOf(held.token))
    this.changed()
  }

  free(): Room {
    const rooms = this.all().filter((held) => holdsRoom(held.state) && !held.isDead)
    return freeRoom(
      this.size,
      rooms.map((held) => held.room),
    )
  }

  /** Calls back whenever what is held, or how far it is, has changed. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener)
  }

  changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** A text of an attempt's own. */
export function keyOf({ run, attempt, nonce }: Token): string {
  return `${run}/${attempt}-${nonce}`
}
