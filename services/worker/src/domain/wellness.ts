/**
 * Whether models can be started on this host at all. Several runs in a row that could not be, by the host's fault,
 * tell that it is unwell: it takes no more, or it would fail every run of the queue as quickly as they come.
 *
 *   well ──three runs in a row fail──▶ resting ──its pause is over──▶ trying ──the one it took was started──▶ well
 *                                         ▲                              │
 *                                         └── that one failed too: the pause is twice as long ◀┘
 *
 * - One run tried again counts once: it may be the run. A model that starts, whichever, makes the host well.
 * - What is the image's fault (no such command, no such user), and an image that cannot be had, say nothing of the
 *   host and are not told to this.
 * - A job that was taken as the trial and let go before it was started proves nothing: the next one is the trial.
 */
export type Wellness =
  | { is: 'well'; failed: readonly string[] }
  | { is: 'resting'; reason: string; pause: number }
  | { is: 'trying'; reason: string; pause: number; trial?: string }

/** `attempt`: any text that is the attempt's own. */
export type WellnessEvent =
  | { type: 'failed'; run: string; attempt: string; detail: string }
  | { type: 'started' }
  | { type: 'rested' }
  | { type: 'taken'; attempt: string }
  | { type: 'over'; attempt: string }

export const well: Wellness = { is: 'well', failed: [] }

const MOST_FAILED = 3
const MOST_FAILED_IN_WORDS = 'three'
const LONGEST_PAUSE_SECONDS = 600
const LONGEST_DETAIL = 500

/** What an event makes of it; the same object where nothing changes. `pause`: seconds of the first rest. */
export function feel(now: Wellness, event: WellnessEvent, pause: number): Wellness {
  switch (event.type) {
    case 'started':
      return now.is === 'well' && now.failed.length === 0 ? now : well
    case 'rested':
      return now.is === 'resting' ? { ...now, is: 'trying' } : now
    case 'taken':
      return now.is === 'trying' && now.trial === undefined ? { ...now, trial: event.attempt } : now
    case 'over':
      return now.is === 'trying' && now.trial === event.attempt
        ? { is: 'trying', reason: now.reason, pause: now.pause }
        : now
    case 'failed':
      return failed(now, event, pause)
  }
}

function failed(now: Wellness, event: WellnessEvent & { type: 'failed' }, pause: number): Wellness {
  const { run, attempt, detail } = event
  if (now.is === 'well') {
    const runs = [...now.failed.filter((each) => each !== run), run]
    if (runs.length < MOST_FAILED) return { is: 'well', failed: runs }
    return { is: 'resting', reason: reasonOf(detail), pause }
  }
  // of those that were taken before it was unwell each says the same again
  if (now.is === 'resting' || now.trial !== attempt) return now
  return {
    is: 'resting',
    reason: reasonOf(detail),
    pause: Math.min(Math.max(pause, LONGEST_PAUSE_SECONDS), now.pause * 2),
  }
}

function reasonOf(detail: string): string {
  return `${MOST_FAILED_IN_WORDS} models in a row could not be started: ${detail.slice(0, LONGEST_DETAIL)}`
}

/** Whether a job may be taken: any by one that is well, one by one that is trying. */
export function mayTake(now: Wellness): boolean {
  return now.is === 'well' || (now.is === 'trying' && now.trial === undefined)
}
