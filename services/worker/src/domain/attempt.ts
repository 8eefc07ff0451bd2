/**
 * The life of an attempt on its worker.
 *
 *   claimed ──granted──▶ granted ──start──▶ running ──exit──▶ finished ──settled──▶ (gone)
 *
 * Preparation (image, inputs, folders, create) goes on beside the wait for the grant. Whatever the order of events:
 * - only a granted attempt is started, once, and only if nothing has ended it yet (H1);
 * - the first cause of an ending wins and is never replaced;
 * - an attempt ends in one report, and none if the dispatcher let go of it before (`refused`, `settled`);
 * - what it made is removed only when the dispatcher let go of it, and never while it runs (H8).
 */
import type { Failure } from '@carya/contracts'

export type Ending =
  | { cause: 'released' }
  | { cause: 'stopped'; reason: string }
  | { cause: 'timeout' }
  | { cause: 'overfilled'; detail: string }
  | { cause: 'failed'; failure: Failure }
  | { cause: 'exited' }

export type AttemptState = {
  granted: boolean
  /** `none` while it is being prepared; `over` when it ran, or can never run */
  container: 'none' | 'created' | 'starting' | 'running' | 'over'
  ending?: Ending
  /** the dispatcher wants nothing more of it */
  letGo: boolean
  /** effects that happen once, and have been asked for */
  done: readonly Effect[]
}

export type AttemptEvent =
  | { type: 'granted' }
  | { type: 'let go' }
  | { type: 'stop'; reason: string }
  | { type: 'prepared' }
  | { type: 'failed'; failure: Failure }
  | { type: 'started' }
  | { type: 'timed out' }
  /** it wrote more than it may */
  | { type: 'overfilled'; detail: string }
  /** `ending`: what had ended it before all else, where an earlier process of this worker knew */
  | { type: 'exited'; ending?: Ending }

/** `terminate`: TERM, a grace, KILL. `kill`: at once. `remove` the container, and forget the attempt. */
export type Effect = 'start' | 'terminate' | 'kill' | 'report' | 'remove'

export const claimed: AttemptState = { granted: false, container: 'none', letGo: false, done: [] }

/** What an event makes of an attempt, and what must be done because of it. */
export function step(state: AttemptState, event: AttemptEvent): { state: AttemptState; effects: Effect[] } {
  const after = apply(state, event)
  const effects = due(after).filter((effect) => !after.done.includes(effect))
  const container = effects.includes('start') ? 'starting' : after.container
  return { state: { ...after, container, done: [...after.done, ...effects] }, effects }
}

function apply(state: AttemptState, event: AttemptEvent): AttemptState {
  switch (event.type) {
    case 'granted':
      return { ...state, granted: true }
    case 'let go':
      return { ...ended(state, { cause: 'released' }), letGo: true }
    case 'stop': // only an owner is told to stop: the grant itself may have been lost
      return { ...ended(state, { cause: 'stopped', reason: event.reason }), granted: true }
    case 'prepared':
      return state.container === 'none' ? { ...state, container: 'created' } : state
    case 'failed':
      return { ...ended(state, { cause: 'failed', failure: event.failure }), container: 'over' }
    case 'started':
      return state.container === 'starting' ? { ...state, container: 'running' } : state
    case 'timed out':
      return state.container === 'running' ? ended(state, { cause: 'timeout' }) : state
    case 'overfilled':
      return state.container === 'running'
        ? ended(state, { cause: 'overfilled', detail: event.detail })
        : state
    case 'exited':
      return {
        ...ended(state, { cause: 'exited' }),
        ...(event.ending && { ending: event.ending }),
        container: 'over',
      }
  }
}

function ended(state: AttemptState, ending: Ending): AttemptState {
  return { ...state, ending: state.ending ?? ending }
}

function due({ granted, container, ending, letGo }: AttemptState): Effect[] {
  const isLive = container === 'starting' || container === 'running'
  if (letGo) {
    if (container === 'running') return ['kill']
    return isLive || container === 'none' ? [] : ['remove']
  }
  if (!ending) return granted && container === 'created' ? ['start'] : []
  // a grace would be time to write on
  if (container === 'running') return [ending.cause === 'overfilled' ? 'kill' : 'terminate']
  return granted && !isLive ? ['report'] : []
}

/** How far the attempt is, as heartbeats tell it. */
export function phaseOf(state: AttemptState): 'claimed' | 'granted' | 'running' | 'finished' {
  if (state.done.includes('report')) return 'finished'
  if (state.container === 'running') return 'running'
  return state.granted ? 'granted' : 'claimed'
}

/** Whether it still needs the room it was given. */
export function holdsRoom(state: AttemptState): boolean {
  return state.container !== 'over' && !state.done.includes('report')
}
