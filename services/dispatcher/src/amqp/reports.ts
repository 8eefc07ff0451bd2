/** Reports, heartbeats and dead letters from their queues. */
import type { Delivery, Log, Outcome } from '@carya/amqp'
import { badRequest, errorsOf, Heartbeat, Job, queues, Report } from '@carya/contracts'
import type { ApplyHeartbeat } from '../handlers/apply-heartbeat.ts'
import type { ApplyReport } from '../handlers/apply-report.ts'
import type { ChangeRun } from '../handlers/change-run.ts'
import { decode } from './decode.ts'
import { patiently, type Handle, type Patience } from './patience.ts'
import type { Keep } from './rejected.ts'

export type Taking = { keep: Keep; isAway: Patience['isAway']; log: Log }

/** Reports are ours and capped by their makers; this only keeps a broken one from filling the memory. */
const MOST_BYTES = 16 * 2 ** 20

/**
 * A report that cannot be read goes to the dead letters with its reason; one that does not count is acked. One that
 * cannot be handled is kept for the operator: its worker still has what it told of, and tells it again (H8).
 */
export function takeReports(apply: ApplyReport, { keep, isAway, log }: Taking): Handle {
  const take = async (delivery: Delivery): Promise<Outcome> => {
    const decoded = decode(delivery, MOST_BYTES)
    if ('rejected' in decoded) return { reject: decoded.rejected.detail ?? 'not readable' }
    const report = Report.safeParse(decoded.body)
    if (!report.success)
      return { reject: badRequest(errorsOf(report.error, decoded.body)).detail ?? 'not a report' }
    const why = await apply(report.data, delivery.userId)
    if (why !== undefined) log.debug({ kind: report.data.kind, why }, 'report changed nothing')
    return 'ack'
  }
  return patiently(take, { isAway, giveUp: givingUp(keep, log) })
}

/** A heartbeat is soon followed by another, so a bad one is only logged. */
export function takeHeartbeats(apply: ApplyHeartbeat, { isAway, log }: Omit<Taking, 'keep'>): Handle {
  const take = async (delivery: Delivery): Promise<Outcome> => {
    const decoded = decode(delivery, MOST_BYTES)
    const beat = 'body' in decoded ? Heartbeat.safeParse(decoded.body) : undefined
    if (!beat?.success) {
      log.warn({ userId: delivery.userId }, 'a heartbeat that cannot be read')
      return 'ack'
    }
    const why = await apply(beat.data, delivery.userId)
    if (why !== undefined) log.warn({ worker: beat.data.worker, why }, 'heartbeat changed nothing')
    return 'ack'
  }
  const giveUp = async (delivery: Delivery, err: unknown): Promise<Outcome> => {
    log.error({ err, userId: delivery.userId }, 'a heartbeat cannot be handled: it is given up')
    return 'ack'
  }
  return patiently(take, { isAway, giveUp })
}

/** So often something was begun with a dead letter and not ended: it may be what ends us, and is kept apart. */
const MOST_TRIES = 10

/**
 * Dead letters: what was in hand when a dispatcher died, too often for the broker's patience. A job brings its run
 * back into the line; a report or a request is taken once more; what cannot be read, or was tried here too often as
 * well, is kept among the rejected, where an operator finds it.
 */
export function takeDeadLetters(
  parts: Taking & { change: ChangeRun; apply: ApplyReport; request: Handle },
): Handle {
  const { change, apply, request, keep, isAway, log } = parts
  return patiently(take, { isAway, giveUp: givingUp(keep, log) })

  async function take(delivery: Delivery): Promise<Outcome> {
    const from: unknown = delivery.properties.headers?.['x-first-death-queue']
    if (delivery.redelivered && delivery.deliveryCount > MOST_TRIES)
      return bury(delivery, from, 'a dead letter that was tried too often')
    // it was delivered before: where it was taken then, it is the same request (H13)
    if (from === queues.requests) return request({ ...delivery, redelivered: true })
    const decoded = decode(delivery, MOST_BYTES)
    const body = 'body' in decoded ? decoded.body : undefined
    const job = Job.safeParse(body)
    if (job.success) {
      const { run, attempt, nonce } = job.data
      log.warn({ run, attempt }, 'a job was dead-lettered: its run goes back into the line')
      await change(run, { type: 'job lost', token: { run, attempt, nonce } }, 'dead-job')
      return 'ack'
    }
    const report = Report.safeParse(body)
    if (report.success && report.data.kind !== 'expire') {
      log.warn({ kind: report.data.kind, worker: report.data.worker }, 'a report was dead-lettered')
      await apply(report.data, delivery.userId)
      return 'ack'
    }
    return bury(delivery, from, 'a dead letter that nobody can read')
  }

  async function bury(delivery: Delivery, from: unknown, why: string): Promise<Outcome> {
    log.error({ from }, why)
    await keep(delivery, why)
    return 'ack'
  }
}

/** Keeps for the operator what cannot be handled, with what went wrong. */
function givingUp(keep: Keep, log: Log): Patience['giveUp'] {
  return async (delivery, err) => {
    log.error({ err, userId: delivery.userId }, 'a message cannot be handled: it is kept among the rejected')
    await keep(delivery, `could not be handled: ${String(err)}`)
    return 'ack'
  }
}
