/**
 * Why a run is not running. It asks the functions that decide, over the same reading of the backlog, and puts their
 * answers into words; it decides nothing itself, so the explanation cannot differ from what is done.
 */
import { isTerminal, type Reason, type RunView } from '@carya/contracts'
import { boundless, isWary, roomOf, waitingOf, type Room, type Verdict } from './placement.ts'
import { chooseNext, ROUND, type Picked } from './fair-share.ts'
import { costOf, stopReason, type RunRecord } from './record.ts'
import { asked, listed, reason, thoseOf, whatRuns, type Scene, type WorkerFacts } from './scene.ts'
import { asksOf, isAllowedAt } from './allowance.ts'
import { fits } from './depth.ts'
import { isFed, type EnsembleRecord } from './ensemble-record.ts'
import { aside, askingOf, imageElsewhere, noneFor, noneLive } from './why-workers.ts'

/**
 * Reasons, the weightiest first: what can never be, what somebody must do, what only takes time; and last what does
 * not hold up this run. An ended one has the single reason `ended`.
 */
export function explain(run: RunRecord, scene: Scene): Reason[] {
  if (isTerminal(run.state)) return [ended(run)]
  const weight = ['never', 'act', 'wait']
  const reasons = reasonsFor(run, scene).toSorted((a, b) => weight.indexOf(a.class) - weight.indexOf(b.class))
  return [...reasons, ...full(scene)]
}

function reasonsFor(run: RunRecord, scene: Scene): Reason[] {
  const service = ofService(scene)
  switch (run.state) {
    case 'running':
      return [...service, ...running(run, scene)]
    case 'queued':
      return [...service, ...queued(run, scene)]
    default:
      return [...service, ...pending(run, scene)]
  }
}

/** Why a run that has ended does not run. */
export function ended({ state, endedAt, failure }: Pick<RunView, 'state' | 'endedAt' | 'failure'>): Reason {
  const because = failure ? `: ${failure.kind}, ${failure.detail}` : ''
  return reason('never', 'ended', `It has ended: it ${WORDS[state] ?? state}, at ${endedAt}${because}`)
}

/** Why a member that has never been fed does not run; its ensemble is absent where it is not live any more. */
export function notFed(
  id: string,
  ensemble: EnsembleRecord | undefined,
  workers: Pick<Scene, 'workers' | 'hosts'>,
): Reason[] {
  const detail = `It comes into being when its turn comes among the members of ${id}`
  const hint = `carya show ${id} says how far it is, and whether it is paused`
  const isWaiting = ensemble !== undefined && (isFed(ensemble) || ensemble.state === 'paused')
  return [...(isWaiting ? noneFor(ensemble, workers) : []), reason('wait', 'not-fed', detail, { hint })]
}

const WORDS: Partial<Record<RunRecord['state'], string>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'was cancelled',
}

/** What holds up every run alike. */
function ofService({ recovering, broker }: Scene): Reason[] {
  return [
    ...(recovering === undefined
      ? []
      : [
          reason(
            'wait',
            'recovery',
            `Redis was found put back, at ${recovering}: nothing is fed until it is known what the hosts hold`,
            { hint: 'carya status says how far it is' },
          ),
        ]),
    ...(broker === undefined
      ? []
      : [reason('wait', 'broker', `The broker is not reached (${broker}): jobs go out when it is back`)]),
  ]
}

/** Not of this run, which is accepted: of those that come after it. */
function full({ full: why }: Scene): Reason[] {
  if (why === undefined) return []
  return [
    reason('act', 'redis-full', `No new requests are taken, what is accepted goes on: ${why}`, {
      hint: 'raise CARYA_REDIS_MEMORY or lower CARYA_RETENTION, and carya up',
    }),
  ]
}

function running(run: RunRecord, { workers, preparing }: Scene): Reason[] {
  const { attempt, worker = 'unknown', claimedAt, startedAt } = run.attempts.at(-1)!
  const since = startedAt === undefined ? `granted at ${claimedAt}, not started yet` : `since ${startedAt}`
  const stop = stopReason(run)
  const facts = workers.find((each) => each.name === worker)
  return [
    startedAt === undefined && preparing !== undefined
      ? reason('wait', 'preparing', `Attempt ${attempt} is being made ready: ${worker} ${preparing}`)
      : reason('wait', 'running', `It runs: attempt ${attempt} on ${worker}, ${since}`),
    ...(stop === undefined ? [] : [reason('wait', 'stopping', `It is being stopped: ${stop}`)]),
    ...(facts?.state === 'lost'
      ? [
          reason(
            'act',
            'lost',
            `${worker} was last heard at ${facts.lastBeatAt}: when the lease of ${run.lease} s has run out, the run is tried elsewhere`,
            { hint: `start the worker ${worker} again: if the model still runs there, it goes on` },
          ),
        ]
      : []),
  ]
}

function queued(run: RunRecord, scene: Scene): Reason[] {
  const { placed, queuedAt } = run.attempts.at(-1)!
  if (placed !== undefined) {
    const worker = scene.workers.find((each) => each.name === placed)
    if (worker?.state === 'live')
      return [
        reason(
          'wait',
          'queued',
          `Its job is in the own queue of ${placed} since ${queuedAt}. ${whatRuns(placed, scene)}`,
        ),
      ]
    return [
      reason(
        'wait',
        'worker-away',
        `Its job is in the own queue of ${placed}, which takes none: ${worker ? aside(worker) : 'it is not known here'}. The next sweep takes it back into the line`,
      ),
    ]
  }
  if (scene.hosts.length === 0) return noneLive(run, scene)
  const names = scene.hosts.map((host) => host.worker)
  return [
    reason(
      'wait',
      'queued',
      `Its job is in the queue of pool ${run.pool} since ${queuedAt}: the next with room takes it, of ${listed(names)}. ${whatRuns(names[0]!, scene)}`,
    ),
  ]
}

function pending(run: RunRecord, scene: Scene): Reason[] {
  const workers = noneFor(askingOf(run), scene)
  if (run.notBefore !== undefined && run.notBefore > scene.now)
    return [...workers, ...imageElsewhere(run, scene), notYet(run)]
  if (workers.length > 0) return workers
  return inLine(run, scene)
}

/** Its time has not come. */
function notYet(run: RunRecord): Reason {
  const until = run.notBefore!
  const declined = run.declined?.at(-1)
  if (declined)
    return reason(
      'wait',
      'declined',
      `${declined.worker} declined it at ${declined.at}: ${declined.reason}. It is offered again at ${until}`,
      { until },
    )
  const last = run.attempts.at(-1)
  if (!last?.failure) return reason('wait', 'after', `It is not to start before ${until}`, { until })
  const { kind, detail } = last.failure
  const where = last.worker === undefined ? '' : ` on ${last.worker}`
  return reason(
    'wait',
    'retry',
    `Attempt ${last.attempt}${where} failed (${kind}: ${detail}); it is tried again at ${until}`,
    { until },
  )
}

/** It may go out: what a round of the feed would do with it now. */
function inLine(run: RunRecord, scene: Scene): Reason[] {
  const { shares, virtual, turns, hosts } = scene
  const room = roomOf(hosts, scene, scene.buffers)
  const picked = chooseNext(shares, virtual, turns, room, ROUND)
  if (picked.picks.some((each) => each.run === run.id))
    return [reason('wait', 'next', 'It is next: it goes out with the next round of the feed, in a moment')]
  const verdict = picked.passed.find((each) => each.run === run.id)?.verdict
  return [
    ...(verdict && !verdict.taken && verdict.why === 'reserved'
      ? [reserved(run, verdict.host, scene, room)]
      : []),
    ...behind(run, scene),
    ...(verdict && isReserved(verdict) ? [] : [noRoom(run, scene, room, picked)]),
    ...hesitations(run, scene),
    ...imageElsewhere(run, scene),
    ...thoseOf(run, scene)
      .filter(
        (worker) =>
          worker.state === 'unwell' && fits(worker.size, costOf(run)) && isAllowedAt(worker, asksOf(run)),
      )
      .map((worker) => reason('act', 'unwell', `${worker.name} takes no jobs: ${aside(worker)}`)),
  ]
}

function reserved(run: RunRecord, host: string, scene: Scene, room: Room): Reason {
  const free = room.free().find((each) => each.worker === host)!.free
  return reason(
    'wait',
    'reserved',
    `${host} is kept for it until there is room: it asks ${asked(costOf(run))}, ${asked(free)} are free. ${whatRuns(host, scene)}`,
  )
}

/** Who is asked before it, by the order in which the same lines would go out were there room for all. */
function behind(run: RunRecord, scene: Scene): Reason[] {
  const { shares, virtual, turns, hosts, ahead } = scene
  const { picks } = chooseNext(shares, virtual, turns, boundless(hosts), Infinity)
  const place = picks.findIndex((each) => each.run === run.id)
  if (place < 0)
    return ahead === undefined
      ? []
      : [reason('wait', 'behind', `${ahead} runs of ${run.submitter} with the same priority are before it`)]
  if (place === 0) return []
  const before = new Map<string, number>()
  for (const { submitter } of picks.slice(0, place)) before.set(submitter, (before.get(submitter) ?? 0) + 1)
  const others = [...before].map(([submitter, count]) => `${count} of ${submitter}`)
  const count = place === 1 ? '1 run comes' : `${place} runs come`
  return [reason('wait', 'behind', `${count} before it by fair share: ${listed(others)}`)]
}

function noRoom(run: RunRecord, scene: Scene, room: Room, picked: Picked): Reason {
  const cost = costOf(run)
  const could = scene.hosts.filter((host) => fits(host.size, cost) && isAllowedAt(host, asksOf(run)))
  const names = could.map((host) => host.worker)
  const kept = room
    .free()
    .find((each) => each.isReserved && names.includes(each.worker) && fits(each.free, cost))
  const holder =
    kept && picked.passed.find(({ verdict }) => isReserved(verdict) && verdict.host === kept.worker)
  if (kept && holder && holder.run !== run.id)
    return reason(
      'wait',
      'kept',
      `${kept.worker} has room, which is kept for ${holder.run}: that one asks for more`,
    )
  const each = names.slice(0, 3).map((name) => whatRuns(name, scene))
  return reason(
    'wait',
    'full',
    `It asks ${asked(cost)}, and there is no room for it at ${listed(names)}. ${each.join(' ')}`,
  )
}

/** Workers that are not asked, although they are large enough and allow it. */
function hesitations(run: RunRecord, { hosts }: Scene): Reason[] {
  const waiting = waitingOf(run)
  const large = hosts.filter((host) => fits(host.size, waiting.cost) && isAllowedAt(host, waiting.asks))
  const failed = large.filter((host) => waiting.faults.includes(host.worker)).map((host) => host.worker)
  return [
    ...(failed.length > 0 && failed.length < large.length
      ? [
          reason(
            'wait',
            'elsewhere',
            `It failed on ${listed(failed)} by the host's fault: others are asked first`,
          ),
        ]
      : []),
    ...large
      .filter((host) => isWary(waiting, host))
      .map(({ worker }) => {
        const last = waiting.declined.findLast((each) => each.worker === worker)!
        const detail = `${worker} declined it at ${last.at}: ${last.reason}. It is asked again when something has changed there`
        return reason('wait', 'declined', detail)
      }),
  ]
}

const isReserved = (verdict: Verdict): verdict is Extract<Verdict, { why: 'reserved' }> =>
  !verdict.taken && verdict.why === 'reserved'

export type { Scene, WorkerFacts }
