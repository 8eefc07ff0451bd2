/** What the dispatcher takes from the broker: one consumer for each queue that others write into. */
import type { Broker, Consumer, Log, Publisher } from '@carya/amqp'
import { queues } from '@carya/contracts'
import type { ApplyHeartbeat } from '../handlers/apply-heartbeat.ts'
import type { ApplyReport } from '../handlers/apply-report.ts'
import type { ChangeRun } from '../handlers/change-run.ts'
import { keepRejected } from './rejected.ts'
import { takeDeadLetters, takeHeartbeats, takeReports } from './reports.ts'
import { takeRequests, type RequestParts } from './requests.ts'

export type ConsumerParts = Pick<RequestParts, 'accept' | 'acceptEnsemble' | 'cancel'> & {
  broker: Broker
  apply: ApplyReport
  beat: ApplyHeartbeat
  change: ChangeRun
  /** for answers and rejected requests */
  publisher: Publisher
  /** whether an error says that a part is away: then it is not the message's */
  isAway: (err: unknown) => boolean
  log: Log
}

/** Opens them; `others` are all but the requests, heartbeats among them. */
export function openConsumers(parts: ConsumerParts): {
  requests: Consumer
  heartbeats: Consumer
  others: Consumer[]
} {
  const { broker, accept, acceptEnsemble, cancel, apply, beat, change, publisher, isAway, log } = parts
  const taking = { keep: keepRejected(publisher), isAway, log }
  const open = (queue: string, prefetch: number, handle: ReturnType<typeof takeRequests>) =>
    broker.openConsumer({ queue, prefetch, handle, name: 'dispatcher' })
  // few in hand: of two dispatchers one that is frozen keeps what it was given
  const heartbeats = open(queues.heartbeats, 16, takeHeartbeats(beat, taking))
  const request = takeRequests({ accept, acceptEnsemble, cancel, publisher, ...taking })
  const others = [
    open(queues.reports, 256, takeReports(apply, taking)),
    heartbeats,
    open(queues.dead, 16, takeDeadLetters({ change, apply, request, ...taking })),
  ]
  return { requests: open(queues.requests, 128, request), heartbeats, others }
}
