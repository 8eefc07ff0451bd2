/**
 * The life of a run: the one function that decides what an event does to it.
 *
 * Invariants, whatever the order, number and delay of the events:
 * - a terminal state is never left, and there is one winning attempt at most;
 * - only the current attempt's token moves a run; a report with another token changes nothing and is answered
 *   with an order that lets its sender let go (`settled`, `refused`), since a record names another attempt or an end;
 * - an event applied twice gives the same record, no second effect but an answer to who asked.
 */
import { hostFaults, later, type Failure, type Finished, type Order, type Token } from '@carya/contracts'
import { endOf, isCurrent, type AttemptRecord, type RunRecord } from './record.ts'
import { afterFailure } from './retry.ts'

export type RunEvent =
  | { type: 'fed'; nonce: string }
  | { type: 'claimed'; token: Token; worker: string; /** the worker's clock */ at: string }
  | { type: 'started'; token: Token; worker: string; container: string; startedAt: string }
  | { type: 'finished'; report: Finished }
  | { type: 'declined'; token: Token; worker: string; reason: string }
  | { type: 'lost'; token: Token; failure: Failure }
  | { type: 'job lost'; token: Token }
  | { type: 'due' }
  | { type: 'cancel' }

/** What else must happen, in the same commit or because of it. */
export type Effect =
  | { kind: 'job' }
  | { kind: 'order'; worker: string; order: Order }
  | { kind: 'changed' }
  | { kind: 'ended' }

export type Decision = { run: RunRecord; effects: Effect[] } | { refused: string; effects: Effect[] }

/** What an event does to a run. `now` is RFC 3339 in UTC; `random` in [0, 1) spreads retries. */
export function decide(run: RunRecord, event: RunEvent, now: string, random: number): Decision {
  switch (event.type) {
    case 'fed':
      return feed(run, event.nonce, now)
    case 'claimed':
      return claim(run, event.token, event.worker, event.at)
    case 'started':
      return start(run, event)
    case 'finished':
      return finish(run, event.report, now, random)
    case 'declined':
      return decline(run, event.token, event.worker, now, random)
    case 'lost':
      return isCurrent(run, event.token) && run.state === 'running'
        ? fail(run, { finishedAt: now, failure: event.failure }, event.failure, now, random)
        : refuse('the attempt is not the current one')
    case 'job lost':
      return isCurrent(run, event.token) && run.state === 'queued'
        ? change(backToPending(run, now))
        : refuse('the attempt is not waiting in a queue')
    case 'due': {
      if (run.state !== 'pending' || run.notBefore === undefined || run.notBefore > now)
        return refuse('its time has not come')
      const { notBefore, ...rest } = run
      void notBefore
      return { run: next(rest), effects: [] }
    }
    case 'cancel':
      return cancel(run, now)
  }
}

function feed(run: RunRecord, nonce: string, now: string): Decision {
  if (run.state !== 'pending') return refuse(`the run is ${run.state}`)
  const attempt = run.lastAttempt + 1
  const { notBefore, ...rest } = run
  void notBefore
  const attempts = [...run.attempts, { attempt, nonce, queuedAt: now }]
  return {
    run: next({ ...rest, state: 'queued', lastAttempt: attempt, attempts }),
    effects: [{ kind: 'job' }, { kind: 'changed' }],
  }
}

function claim(run: RunRecord, token: Token, worker: string, at: string): Decision {
  if (!isCurrent(run, token))
    return refuse(`the run is ${run.state}`, toWorker(worker, 'refused', token, run))
  const current = run.attempts.at(-1)!
  const granted: Effect = {
    kind: 'order',
    worker,
    order: { do: 'granted', ...bare(token), lease: run.lease },
  }
  if (run.state === 'running')
    return current.worker === worker
      ? refuse('granted already', granted)
      : refuse(`owned by ${current.worker}`, toWorker(worker, 'refused', token, run))
  const attempts = withLast(run, { worker, claimedAt: at })
  return { run: next({ ...run, state: 'running', attempts }), effects: [granted, { kind: 'changed' }] }
}

function start(run: RunRecord, event: Extract<RunEvent, { type: 'started' }>): Decision {
  const current = run.attempts.at(-1)
  if (!isCurrent(run, event.token) || current?.worker !== event.worker)
    return refuse('the attempt is not the current one')
  if (current.startedAt !== undefined) return refuse('known already')
  const { container, startedAt } = event
  const attempts = withLast(run, { container, startedAt })
  return { run: next({ ...run, startedAt: run.startedAt ?? startedAt, attempts }), effects: [] }
}

function finish(run: RunRecord, report: Finished, now: string, random: number): Decision {
  const settled = toWorker(report.worker, 'settled', report, run)
  const current = run.attempts.at(-1)
  // a claim's commit may be lost with Redis' last write (H4): then the end comes for a queued run, and counts
  if (!isCurrent(run, report) || (current?.worker !== undefined && current.worker !== report.worker))
    return refuse('the attempt is not the current one', settled)
  const end = { worker: report.worker, ...endOf(report) }
  if (report.outcome === 'succeeded') return won(run, report, end, 'succeeded', settled)
  if (report.outcome === 'stopped' && run.cancelRequested) return won(run, report, end, 'cancelled', settled)
  const failure = report.failure ?? { kind: 'engine_error', detail: 'stopped without an order of ours' }
  const failed = fail(run, end, failure, now, random, report)
  return 'run' in failed ? { ...failed, effects: [settled, ...failed.effects] } : failed
}

function won(
  run: RunRecord,
  report: Finished,
  end: Partial<AttemptRecord>,
  state: 'succeeded' | 'cancelled',
  settled: Effect,
): Decision {
  const attempts = withLast(run, end)
  const done = next({ ...withResult(run, report), state, attempts, endedAt: report.finishedAt })
  return { run: done, effects: [settled, { kind: 'changed' }, { kind: 'ended' }] }
}

function fail(
  run: RunRecord,
  end: Partial<AttemptRecord>,
  failure: Failure,
  now: string,
  random: number,
  report?: Finished,
): Decision {
  const isHosts = hostFaults.has(failure.kind)
  const attempts = withLast(run, { ...end, failure })
  const counted: RunRecord = {
    ...run,
    attempts,
    ...(isHosts
      ? { hostFaults: [...run.hostFaults, attempts.at(-1)?.worker ?? 'unknown'] }
      : { modelFailures: run.modelFailures + 1 }),
  }
  const then = afterFailure(counted, isHosts, now, random)
  if (then.again) return change({ ...counted, state: 'pending', notBefore: then.notBefore })
  const done: RunRecord = { ...(report ? withResult(counted, report) : counted), endedAt: now }
  // a cancel that was waiting for the host's word is kept when the host is gone
  const state = run.cancelRequested && isHosts ? 'cancelled' : 'failed'
  return { run: next({ ...done, state, failure }), effects: [{ kind: 'changed' }, { kind: 'ended' }] }
}

function decline(run: RunRecord, token: Token, worker: string, now: string, random: number): Decision {
  const current = run.attempts.at(-1)
  if (!isCurrent(run, token) || (current?.worker !== undefined && current.worker !== worker))
    return refuse('the attempt is not the current one')
  if (run.cancelRequested) return ended(run, now)
  return change(backToPending(run, later(now, 0.5 + random)))
}

function cancel(run: RunRecord, now: string): Decision {
  if (run.endedAt !== undefined) return refuse(`the run is ${run.state} already`)
  if (run.state !== 'running') return ended(run, now)
  const current = run.attempts.at(-1)
  const stop: Effect[] =
    current?.worker === undefined
      ? []
      : [
          {
            kind: 'order',
            worker: current.worker,
            order: { do: 'stop', ...tokenOf(run, current), reason: 'cancelled' },
          },
        ]
  if (run.cancelRequested) return refuse('cancelled already, waiting for the worker', ...stop)
  return { run: next({ ...run, cancelRequested: true }), effects: stop }
}

function ended(run: RunRecord, now: string): Decision {
  const cancelled = next({ ...run, state: 'cancelled', cancelRequested: true, endedAt: now })
  return { run: cancelled, effects: [{ kind: 'changed' }, { kind: 'ended' }] }
}

function withResult(run: RunRecord, report: Finished): RunRecord {
  const { metrics, outputs, outputsTotal, logTail, folder } = report
  // of the first attempt the engine's own word goes before the worker's clock, which is read a little later
  const isFirst = run.attempts.length === 1
  const startedAt = (isFirst ? report.startedAt : run.startedAt) ?? run.startedAt ?? report.startedAt
  return {
    ...run,
    metrics,
    outputs,
    outputsTotal,
    logTail,
    folder,
    ...(startedAt === undefined ? {} : { startedAt }),
  }
}

/** Back in the line without a trace of the attempt: its number stays spent, so that its token never comes again. */
function backToPending(run: RunRecord, notBefore: string): RunRecord {
  return { ...run, state: 'pending', attempts: run.attempts.slice(0, -1), notBefore }
}

function withLast(run: RunRecord, more: Partial<AttemptRecord>): AttemptRecord[] {
  const last = run.attempts.at(-1)
  return last ? [...run.attempts.slice(0, -1), { ...last, ...more }] : run.attempts
}

function next(run: RunRecord): RunRecord {
  return { ...run, version: run.version + 1 }
}

function change(run: RunRecord): Decision {
  return { run: next(run), effects: [{ kind: 'changed' }] }
}

function refuse(reason: string, ...effects: Effect[]): Decision {
  return { refused: reason, effects }
}

function toWorker(worker: string, word: 'settled' | 'refused', token: Token, run: RunRecord): Effect {
  const order: Order =
    word === 'settled'
      ? { do: 'settled', ...bare(token) }
      : { do: 'refused', ...bare(token), reason: `the run is ${run.state}` }
  return { kind: 'order', worker, order }
}

/** Only the token's own fields: a report that is spread into an order would carry the whole report. */
function bare({ run, attempt, nonce }: Token): Token {
  return { run, attempt, nonce }
}

function tokenOf(run: RunRecord, { attempt, nonce }: AttemptRecord): Token {
  return { run: run.id, attempt, nonce }
}
