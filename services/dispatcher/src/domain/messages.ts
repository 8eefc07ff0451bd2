/** The messages that an effect becomes: where they go and what they say. */
import {
  eventKey,
  exchanges,
  isTerminal,
  poolQueue,
  workerQueue,
  type Accepted,
  type AnswerType,
  type CancelAccepted,
  type EnsembleAccepted,
  type EnsembleView,
  type Order,
  type Problem,
  type RunEvent as CloudEvent,
  type RunView,
} from '@carya/contracts'
import { jobOf } from './job.ts'
import { lastingOf, viewOf, type Reply, type RunRecord } from './record.ts'
import type { Effect } from './run.ts'

/** Jobs and orders go before replies and events, which have a lane of their own (H15); `records` go to the store. */
export type Lane = 'jobs' | 'world' | 'records'

export type OutMessage = {
  lane: Lane
  exchange: string
  routingKey: string
  type: string
  body: unknown
  messageId?: string
  correlationId?: string
  /** whether it must find a queue; one that comes back is logged and dropped */
  mandatory: boolean
}

/** The messages of a decision, to be committed with it. */
export function render(
  run: RunRecord,
  effects: readonly Effect[],
  installation: string,
  now: string,
): OutMessage[] {
  return effects.flatMap((effect) => {
    switch (effect.kind) {
      case 'job':
        return [jobMessage(run)]
      case 'order':
        return [orderMessage(effect.worker, [effect.order])]
      case 'changed':
        return [eventMessage(stateEvent(run, installation, now))]
      case 'ended':
        // of a member its row is what lasts
        return [...endReplies(run), ...(run.ensemble === undefined ? [recordMessage(run)] : [])]
    }
  })
}

/** Has the run's lasting record written into the store: not a message to the broker, but owed in the same way. */
function recordMessage(run: RunRecord): OutMessage {
  return {
    lane: 'records',
    exchange: '',
    routingKey: run.id,
    type: 'run.json',
    body: lastingOf(run),
    mandatory: false,
  }
}

export function jobMessage(run: RunRecord): OutMessage {
  const job = jobOf(run)
  const placed = run.attempts.at(-1)?.placed
  return {
    lane: 'jobs',
    exchange: exchanges.jobs,
    routingKey: placed === undefined ? poolQueue(run.pool) : workerQueue(run.pool, placed),
    type: 'job',
    body: job,
    messageId: `${job.run}/${job.attempt}-${job.nonce}`,
    mandatory: true,
  }
}

/** An order by itself only makes things quicker: a worker that is away gets it with the answer to its next beat. */
export function orderMessage(worker: string, orders: Order[], beat?: number): OutMessage {
  return {
    lane: 'jobs',
    exchange: exchanges.control,
    routingKey: worker,
    type: 'orders',
    body: { v: 1, worker, orders, ...(beat === undefined ? {} : { beat }) },
    mandatory: false,
  }
}

export function stateEvent(run: RunRecord, installation: string, now: string): CloudEvent {
  const last = run.attempts.at(-1)
  return {
    specversion: '1.0',
    id: `${run.id}/${run.version}`,
    source: `/carya/${installation}`,
    type: `carya.run.${run.state}`,
    subject: run.id,
    time: now,
    datacontenttype: 'application/json',
    data: {
      id: run.id,
      state: run.state,
      version: run.version,
      model: run.model,
      submitter: run.submitter,
      labels: run.labels,
      ...(last ? { attempt: last.attempt } : {}),
      ...(last?.worker === undefined ? {} : { worker: last.worker }),
      ...(run.ensemble === undefined ? {} : { ensemble: run.ensemble, index: run.index }),
      ...(run.failure ? { failure: run.failure } : {}),
    },
  }
}

export function eventMessage(event: CloudEvent): OutMessage {
  return {
    lane: 'world',
    exchange: exchanges.events,
    routingKey: eventKey(event.data.state, event.data.model),
    type: event.type,
    body: event,
    messageId: event.id,
    mandatory: false,
  }
}

/** `mandatory` tells nothing about direct reply-to (RabbitMQ returns it even when delivered), so it is left out there. */
export function replyMessage(
  reply: Reply,
  type: AnswerType,
  body: RunView | EnsembleView | Accepted | EnsembleAccepted | CancelAccepted | Problem,
): OutMessage {
  return {
    lane: 'world',
    exchange: '',
    routingKey: reply.to,
    type,
    body,
    mandatory: !reply.to.startsWith('amq.rabbitmq.reply-to'),
    ...(reply.correlationId === undefined ? {} : { correlationId: reply.correlationId }),
  }
}

/** The end, to everybody who asked for it. */
export function endReplies(run: RunRecord): OutMessage[] {
  const { state } = run
  if (!isTerminal(state)) return []
  const type: AnswerType = `run.${state}`
  return run.replies.map((reply) => replyMessage(reply, type, viewOf(run)))
}
