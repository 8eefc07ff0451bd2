/**
 * Carries an attempt through its life. What must be done is decided in domain/attempt.ts; here it is done, each
 * effect by itself, and what comes of it is told back as an event.
 */
import type { Failure, Job } from '@carya/contracts'
import { step, type AttemptEvent, type Effect } from '../domain/attempt.ts'
import type { Clock, Containers, Inputs, Preparation, Reports } from '../ports.ts'
import type { Condition } from './condition.ts'
import type { Finish } from './finish-attempt.ts'
import type { Follow } from './follow-attempt.ts'
import type { Guard } from './guard-outputs.ts'
import { handOnEnd } from './hand-on-end.ts'
import type { Held, Holdings } from './held.ts'
import type { Launches } from './launches.ts'

export type RunAttemptParts = {
  worker: string
  holdings: Holdings
  containers: Containers
  preparation: Preparation
  inputs: Pick<Inputs, 'release'>
  reports: Reports
  launches: Launches
  clock: Clock
  follow: Follow
  guard: Pick<Guard, 'watch'>
  finish: Finish
  condition: Condition
  /** aborted at the end of the process: models run on, and are adopted by the next one */
  leaving: AbortSignal
  log: { info(fields: object, message: string): void; error(fields: object, message: string): void }
}
export type RunAttempt = {
  /** Prepares a claimed attempt. */
  begin(held: Held, job: Job): void
  /** Tells an attempt what happened, and does what must be done because of it. */
  tell(held: Held, event: AttemptEvent): void
  /** Goes on with one that runs, or ran, since before this process. */
  watch(held: Held): void
}

/** Seconds between TERM and KILL, and between one KILL and the next where the engine could not. */
const GRACE_SECONDS = 10
const REMOVE_AGAIN_SECONDS = 30
/** A model that runs for longer than this is reported as started. */
const TOLD_AFTER_SECONDS = 1

export function runAttempt(parts: RunAttemptParts): RunAttempt {
  const { worker, holdings, containers, preparation, reports, launches, clock, leaving, log } = parts
  const ends = handOnEnd(preparation)

  const tell = (held: Held, event: AttemptEvent): void => {
    const { state, effects } = step(held.state, event)
    held.state = state
    if (event.type === 'let go') held.stopping.abort(new Error('let go'))
    if (event.type === 'failed' && !state.letGo) parts.condition.failed(held, event.failure)
    if (event.type === 'started') parts.condition.started()
    holdings.changed()
    for (const effect of effects) void perform(held, effect)
  }

  const perform = async (held: Held, effect: Effect): Promise<void> => {
    try {
      await doing[effect](held)
    } catch (err) {
      if (leaving.aborted) return
      log.error({ err, ...held.token, effect }, 'failed')
      if (effect === 'start') tell(held, { type: 'failed', failure: engineFailure(err) })
      if (effect === 'remove') clock.after(REMOVE_AGAIN_SECONDS, () => void perform(held, effect))
    }
  }

  const doing: Record<Effect, (held: Held) => Promise<void>> = {
    async start(held) {
      const { container = '' } = held
      const started = await launches.run(() => containers.start(container))
      if (started !== 'started') return tell(held, { type: 'failed', failure: started })
      held.startedAt = clock.now()
      tell(held, { type: 'started' })
      log.info({ ...held.token, container }, 'model started')
      watch(held)
    },
    async terminate(held) {
      // the grace begins when the model has the signal: an engine that is busy or away may take long to give it
      await send(held, 'TERM')
      killLater(held)
    },
    async kill(held) {
      await send(held, 'KILL')
      killLater(held)
    },
    report: (held) => parts.finish.finish(held),
    async remove(held) {
      const { container } = held
      if (container !== undefined) await launches.run(() => containers.remove(container))
      if (held.isUnused) await preparation.discard(held.token)
      await parts.inputs.release(held.token)
      holdings.drop(held)
      log.info({ ...held.token }, 'attempt let go')
    },
  }

  /** Never rejects: what the engine could not do is done again after the grace. */
  const send = (held: Held, name: 'TERM' | 'KILL'): Promise<void> =>
    (held.signalling = signal(held, name).catch((err: unknown) => {
      if (!leaving.aborted) log.error({ err, ...held.token, signal: name }, 'failed')
    }))

  const killLater = (held: Held): void => {
    if (held.ended || leaving.aborted) return
    const cancel = clock.after(GRACE_SECONDS, () => {
      void send(held, 'KILL').then(() => killLater(held))
    })
    held.stopping.signal.addEventListener('abort', cancel, { once: true })
  }

  const signal = async (held: Held, name: 'TERM' | 'KILL'): Promise<void> => {
    if (held.container === undefined || held.ended) return
    if ((await containers.signal(held.container, name)) === 'sent') held.signalled = true
  }

  const watch = (held: Held): void => {
    const { container = '', token, timeout, startedAt = clock.now() } = held
    const { run, attempt, nonce } = token
    const at = clock.now()
    // of a run that is over in a moment its end says all of this
    const stopTelling = clock.after(TOLD_AFTER_SECONDS, () => {
      void reports
        .publish({ v: 1, kind: 'started', worker, at, run, attempt, nonce, container, startedAt })
        .catch(() => {})
    })
    const left = timeout === undefined ? Infinity : timeout - (Date.parse(at) - Date.parse(startedAt)) / 1000
    const stopTimer =
      left === Infinity ? () => {} : clock.after(Math.max(0, left), () => tell(held, { type: 'timed out' }))
    const stopFollowing = parts.follow(held)
    const stopGuarding = parts.guard.watch(held, (detail) => tell(held, { type: 'overfilled', detail }))
    const untilDead = async () => {
      await containers.dead(container)
      held.isDead = true
      holdings.changed()
    }
    const untilEnded = async () => {
      held.ended = await containers.ended(container)
      stopTimer()
      stopTelling()
      stopFollowing()
      stopGuarding()
      await held.signalling
      const ending = await ends.taken(held)
      held.stopping.abort()
      tell(held, { type: 'exited', ...(ending ? { ending } : {}) })
      if (!ending) ends.given(held)
    }
    untilEnded().catch((err: unknown) => leaving.aborted || log.error({ err, ...token }, 'failed'))
    void untilDead()
  }

  const prepare = async (held: Held, job: Job): Promise<AttemptEvent> => {
    const { signal: stopped } = held.stopping
    const spec = await preparation.prepare(job, {
      signal: stopped,
      tell: (how) => (held.preparing = how),
    })
    if ('kind' in spec) return { type: 'failed', failure: spec }
    stopped.throwIfAborted()
    const { name } = job.image
    const pulls = (how: string) => (held.preparing = `pulls ${name}${how === '' ? '' : `: ${how}`}`)
    // cheap beside a start, and bounded by the room that was claimed
    const made = await containers.create(spec, { signal: stopped, tell: pulls })
    if ('kind' in made) return { type: 'failed', failure: made }
    held.container = made.id
    return { type: 'prepared' }
  }

  return {
    tell,
    watch,
    begin(held, job) {
      prepare(held, job)
        .catch((err: unknown): AttemptEvent => ({ type: 'failed', failure: engineFailure(err) }))
        .finally(() => (held.preparing = undefined))
        .then((event) => leaving.aborted || tell(held, event))
        .catch((err: unknown) => log.error({ err, ...held.token }, 'failed'))
    },
  }
}

function engineFailure(error: unknown): Failure {
  return { kind: 'engine_error', detail: error instanceof Error ? error.message : String(error) }
}
