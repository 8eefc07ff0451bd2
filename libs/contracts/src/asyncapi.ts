/** AsyncAPI 3.0 of what travels through the broker, as the dispatcher sees it; drawn from topology and schemas. */
import type { z } from 'zod'
import { Accepted, answerTypes, CancelAccepted, type AnswerType } from './answer.ts'
import { EnsembleAccepted, EnsembleRequest, EnsembleView } from './ensemble.ts'
import { EnsembleEvent, RunEvent } from './event.ts'
import { Heartbeat } from './heartbeat.ts'
import { Job } from './job.ts'
import { definitions, nameOf, type JsonObject } from './json-schema.ts'
import { Orders } from './order.ts'
import { Problem } from './problem.ts'
import { Claimed, Declined, Expire, Finished, Resolved, Started } from './report.ts'
import { CancelRequest, RunRequest, RunView } from './run.ts'
import {
  controlQueue,
  ensembleEventKey,
  eventKey,
  exchangeDeclarations,
  exchanges,
  jobQueue,
  poolQueue,
  queueDeclarations,
  SEQ_HEADER,
  workerQueue,
} from './topology.ts'

type Message = { name: string; type: string; schema: z.ZodType; summary: string }
type Channel = {
  exchange: keyof typeof exchanges
  /** what the dispatcher does */
  action: 'send' | 'receive'
  key: string
  summary: string
  messages: readonly Message[]
}

const PREFIX = '#/components/schemas/'

const answers: Record<AnswerType, z.ZodType> = {
  'run.accepted': Accepted,
  'run.rejected': Problem,
  'run.succeeded': RunView,
  'run.failed': RunView,
  'run.cancelled': RunView,
  'ensemble.accepted': EnsembleAccepted,
  'ensemble.rejected': Problem,
  'ensemble.succeeded': EnsembleView,
  'ensemble.partial': EnsembleView,
  'ensemble.failed': EnsembleView,
  'ensemble.cancelled': EnsembleView,
  'cancel.accepted': CancelAccepted,
  'cancel.rejected': Problem,
}

const message = (schema: z.ZodType, type: string, summary: string): Message => ({
  name: nameOf(schema),
  type,
  schema,
  summary,
})

const channels: readonly Channel[] = [
  {
    exchange: 'requests',
    action: 'receive',
    key: '',
    summary:
      'Requests. Answers go to `reply_to` with the `correlation_id`; `message_id` makes a request idempotent, as a `key` does; `user_id`, where it is set, is the submitter.',
    messages: [
      message(RunRequest, 'run', 'Asks for a run; `run.accepted` or `run.rejected` at once, the end later'),
      message(
        EnsembleRequest,
        'ensemble',
        'Asks for a batch of runs; `ensemble.accepted` or `ensemble.rejected` at once, the end later',
      ),
      message(CancelRequest, 'cancel', 'Asks that a run or an ensemble be cancelled'),
    ],
  },
  {
    exchange: 'events',
    action: 'send',
    key: `${eventKey('<state>', '<model>')} or ${ensembleEventKey('<state>', '<model>')}`,
    summary: 'What the world is told. A subscriber declares a queue of his own and binds it by key.',
    messages: [
      message(RunEvent, 'carya.run.<state>', 'A run changed its state (CloudEvents 1.0)'),
      message(EnsembleEvent, 'carya.ensemble.<state>', 'An ensemble changed its state (CloudEvents 1.0)'),
    ],
  },
  {
    exchange: 'jobs',
    action: 'send',
    key: `${poolQueue('<pool>')} or ${workerQueue('<pool>', '<worker>')}`,
    summary: 'Attempts that are offered to workers.',
    messages: [message(Job, 'job', 'Offers an attempt')],
  },
  {
    exchange: 'reports',
    action: 'receive',
    key: '',
    summary: 'What workers say of attempts and images; `user_id` must be the worker’s.',
    messages: [Claimed, Started, Finished, Declined, Resolved, Expire].map((schema) =>
      message(schema, nameOf(schema).toLowerCase(), `A report: ${nameOf(schema).toLowerCase()}`),
    ),
  },
  {
    exchange: 'heartbeats',
    action: 'receive',
    key: '',
    summary: 'What each worker holds, every few seconds; stale ones are dropped by the broker.',
    messages: [message(Heartbeat, 'heartbeat', 'A worker lives, and holds these attempts')],
  },
  {
    exchange: 'control',
    action: 'send',
    key: '<worker>',
    summary: `Orders to one worker, taken from its queue ${controlQueue('<worker>')}.`,
    messages: [message(Orders, 'orders', 'What the worker shall do with each attempt')],
  },
]

/** The whole description; the same at each call. */
export function asyncApi(): JsonObject {
  const described = channels.map((channel) => [channel.exchange, describe(channel)])
  const operations = channels.map(({ exchange, action, summary }) => [
    `${action}${exchange[0]!.toUpperCase()}${exchange.slice(1)}`,
    {
      action,
      summary,
      channel: { $ref: `#/channels/${exchange}` },
      ...(exchange === 'requests' ? { reply } : {}),
    },
  ])
  const used = [...channels.flatMap((channel) => channel.messages), ...answerMessages()].map(
    (one) => one.name,
  )
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Carya',
      version: '1',
      description:
        'Runs simulation models from a message queue. Published with a confirm, acknowledged once its effect is durable; a message may come twice.',
      license: { name: 'BSD-3-Clause', url: 'https://spdx.org/licenses/BSD-3-Clause.html' },
    },
    defaultContentType: 'application/json',
    channels: {
      ...Object.fromEntries(described),
      answers: {
        address: null,
        description:
          'Answers to requests: the AMQP property `type` says which. A queue of the asker, named by `reply_to`.',
        messages: Object.fromEntries(answerMessages().map((one) => [one.type, render(one)])),
        bindings: { amqp: { is: 'queue', queue: { name: '' }, bindingVersion: '0.3.0' } },
      },
    },
    operations: Object.fromEntries(operations),
    components: { schemas: definitions(PREFIX, [...new Set(used)]) },
    'x-queues': [
      ...queueDeclarations,
      jobQueue(poolQueue('<pool>')),
      jobQueue(workerQueue('<pool>', '<worker>')),
    ].map(({ name, arguments: args, bindings }) => ({ name, durable: true, arguments: args, bindings })),
    'x-exchanges': exchangeDeclarations.map(({ name, type }) => ({ name, type, durable: true })),
  }
}

const reply: JsonObject = {
  address: { location: '$message.header#/reply_to', description: 'The AMQP property `reply_to`' },
  channel: { $ref: '#/channels/answers' },
}

function answerMessages(): Message[] {
  return answerTypes.map((type) => message(answers[type], type, `The answer ${type}`))
}

function describe({ exchange, key, summary, messages }: Channel): JsonObject {
  const name = exchanges[exchange]
  const type = exchangeDeclarations.find((one) => one.name === name)!.type
  return {
    address: key === '' ? name : key,
    description: summary,
    messages: Object.fromEntries(messages.map((one) => [one.name, render(one)])),
    bindings: {
      amqp: {
        is: 'routingKey',
        exchange: { name, type, durable: true, autoDelete: false, vhost: '/' },
        bindingVersion: '0.3.0',
      },
    },
  }
}

function render({ name, type, summary }: Message): JsonObject {
  const ours = ['Job', 'Orders', 'RunEvent'].includes(name)
  const seq = {
    type: 'object',
    properties: { [SEQ_HEADER]: { type: 'integer', description: 'sequence of the commit' } },
  }
  return {
    name,
    summary,
    contentType: 'application/json',
    ...(ours ? { headers: seq } : {}),
    payload: { $ref: PREFIX + name },
    bindings: { amqp: { messageType: type, contentEncoding: 'utf-8', bindingVersion: '0.3.0' } },
  }
}
