/**
 * Takes a job from a queue: claims the attempt, and has it prepared while the dispatcher decides. The message is acked
 * when the claim is confirmed; from then on the heartbeat repeats it. What does not fit, or asks for something that
 * this version does not know, or that the host's policy does not allow, is declined, which spends nothing (H10, H22).
 */
import {
  features,
  Job,
  refusedBy,
  Token,
  type Feature,
  type Policy,
  type WorkerReport,
} from '@carya/contracts'
import type { Store } from '@carya/store'
import { fits, lacking, roomOf } from '../domain/room.ts'
import type { Clock, Reports } from '../ports.ts'
import type { Condition } from './condition.ts'
import { hold, type Holdings } from './held.ts'
import type { Standing } from './standing.ts'

export type TakeJobParts = {
  worker: string
  holdings: Holdings
  reports: Reports
  store: Store
  clock: Clock
  begin: (held: ReturnType<typeof hold>, job: Job) => void
  standing: Standing
  condition: Condition
  policy: Policy | undefined
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
}

/** `short`: declined only because too little is free now. */
export type Taken = 'claimed' | 'declined' | 'short' | { reject: string }
export type TakeJob = (body: unknown) => Promise<Taken>

const KNOWN_NEEDS: ReadonlySet<string> = new Set<Feature>(features)

export function takeJob(parts: TakeJobParts): TakeJob {
  const { worker, holdings, reports, clock, log } = parts

  const decline = async (token: Token, reason: string): Promise<'declined'> => {
    const { run, attempt } = token
    log.info({ run, attempt, reason }, 'job declined')
    await reports.publish(declineOf(token, worker, clock.now(), reason))
    return 'declined'
  }
  return async (body) => {
    const token = Token.safeParse(body)
    if (!token.success) return { reject: 'not a job: no run, attempt and nonce in it' }
    const parsed = Job.safeParse(body)
    if (!parsed.success)
      return decline(
        token.data,
        `not understood: ${parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')}`,
      )
    const job = parsed.data
    const unknown = job.needs.filter((need) => !KNOWN_NEEDS.has(need))
    if (unknown.length > 0) return decline(job, `this worker's version does not know: ${unknown.join(', ')}`)
    const known = holdings.find(job)
    const against = againstPolicy(parts.policy, job)
    if (against !== undefined && !known) return decline(job, against)
    const { closed } = parts.standing
    if (closed !== undefined && !known) return decline(job, closed)
    if (!known) {
      const free = holdings.free()
      if (!fits(free, job.resources)) {
        await decline(job, `does not fit: ${lacking(free, job.resources)}`)
        return fits(holdings.size, job.resources) ? 'short' : 'declined'
      }
      const held = hold(job, parts.store.attempt(job), roomOf(job.resources), job, job)
      holdings.add(held)
      parts.condition.taken(held)
      log.info({ run: job.run, attempt: job.attempt, model: job.model }, 'job taken')
      parts.begin(held, job)
    }
    await reports.publish(claimOf(job, worker, clock.now()))
    return 'claimed'
  }
}

/** Why the host's policy does not let the job run here; undefined where it does. */
export function againstPolicy(policy: Policy | undefined, job: Job): string | undefined {
  const refused = refusedBy(policy, job.model, job.setup?.isolation ?? {})
  return refused.length === 0 ? undefined : `this host's policy does not allow ${refused.join('; ')}`
}

export function declineOf(
  { run, attempt, nonce }: Token,
  worker: string,
  at: string,
  reason: string,
): WorkerReport {
  return { v: 1, kind: 'declined', worker, at, run, attempt, nonce, reason }
}

export function claimOf({ run, attempt, nonce }: Token, worker: string, at: string): WorkerReport {
  return { v: 1, kind: 'claimed', worker, at, run, attempt, nonce }
}
