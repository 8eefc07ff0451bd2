/**
 * Since when this dispatcher really hears its workers: lease time counts only from there on (H6).
 *
 * It hears while its consumer of heartbeats consumes, the broker answers on that consumer's channel and takes
 * messages, Redis is there to write what was heard, and this process runs. What ends it, and begins it anew:
 * - connection, channel or consumer lost, Redis lost, publishing blocked (then the workers' is too): told by those parts;
 * - a broker that is frozen: it is asked for a sign of life every second;
 * - a process that was frozen (SIGSTOP, a long pause for garbage): the pulse, by the monotonic clock, missed its time;
 * - a step of Redis' clock, a Redis that gave no answer for a while, a heartbeat that could not be written: `anew`.
 *
 * Two dispatchers share the heartbeats out between them, so what was heard is judged by Redis' `lastBeat`, which both
 * write, and for how long by each one's own listening.
 */
import type { Broker, Consumer, Log } from '@carya/amqp'
import { silence } from './domain/lease.ts'

export type Listening = Disposable & {
  /** Milliseconds of the clock; undefined while it does not hear. */
  since(): number | undefined
  /** For how long nothing came of a worker although it would have been heard; milliseconds. */
  silence(lastBeat: number): number
  /** What was heard says nothing any more; for `missedMs` already nothing was heard, or so far did the clock step. */
  anew(why: string, missedMs?: number): void
}

export type ListeningParts = {
  broker: Pick<Broker, 'state' | 'onChange'>
  heartbeats: Pick<Consumer, 'state' | 'onChange' | 'answered'>
  now: () => number
  /** when a worker was last heard, by any dispatcher; undefined if none ever was */
  lastHeard: number | undefined
  log: Log
}

const PULSE_MS = 500
/** A pulse, or an answer of the broker, that is this late: nothing was heard meanwhile. */
const LATE_MS = 2000
const ASK_EVERY = 2

export function listening({ broker, heartbeats, now, lastHeard, log }: ListeningParts): Listening {
  let since: number | undefined
  let deafSince = lastHeard
  let lastPulse = performance.now()
  let pulses = 0
  let asked: number | undefined

  const passed = (from: number) => performance.now() - from
  /** `missedMs`: for how long already nothing was heard. */
  const stop = (why: string, missedMs = 0) => {
    if (since === undefined) return
    log.info({ why }, 'workers are not heard')
    deafSince = now() - missedMs
    since = undefined
  }
  const look = () => {
    const { publish } = broker.state()
    if (heartbeats.state() !== 'consuming') stop(`the consumer of heartbeats is ${heartbeats.state()}`)
    else if (publish !== 'up') stop(`the connection that publishes is ${publish}`)
    else if (asked !== undefined && passed(asked) > LATE_MS) stop('the broker does not answer', passed(asked))
    else since ??= now()
  }
  const anew = (why: string, missedMs = 0) => {
    stop(why, missedMs)
    look()
  }
  // asked for before each judgement too: what was due during a freeze may run before the pulse does
  const check = () => {
    if (passed(lastPulse) > LATE_MS) anew('this process stood still', passed(lastPulse))
    lastPulse = performance.now()
    look()
  }
  const ask = () => {
    if (asked !== undefined) return
    asked = performance.now()
    const answered = () => {
      asked = undefined
      look()
    }
    // one that is lost is told by its state
    heartbeats.answered().then(answered, answered)
  }
  const pulse = setInterval(() => {
    check()
    pulses += 1
    if (pulses % ASK_EVERY === 0) ask()
  }, PULSE_MS).unref()
  const ends = [broker.onChange(look), heartbeats.onChange(look)]
  look()

  return {
    since() {
      check()
      return since
    },
    silence(lastBeat) {
      check()
      return silence(lastBeat, since, deafSince ?? lastBeat, now())
    },
    anew,
    [Symbol.dispose]() {
      clearInterval(pulse)
      for (const end of ends) end()
    },
  }
}
