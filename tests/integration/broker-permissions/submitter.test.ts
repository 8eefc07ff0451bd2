/** What the holder of a submitter's password can do to the rest: ask, and hear. */
import { controlQueue, exchanges, poolQueue, queues } from '@carya/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  bind,
  bindExchange,
  consume,
  declare,
  declareExchange,
  deleteExchange,
  deleteQueue,
  first,
  publish,
  purge,
  setUp,
  unbind,
  type Attempt,
} from './attempts.ts'

let broker: Awaited<ReturnType<typeof setUp>>
beforeAll(async () => {
  broker = await setUp()
})
afterAll(() => broker[Symbol.asyncDispose]())

const own = 'reply.ann.1'
const ann = (attempt: Attempt) => broker.tryOut('ann', attempt)

const forbidden: Record<string, Record<string, Attempt>> = {
  'publish into': {
    'the jobs': publish(exchanges.jobs, poolQueue('default')),
    'the reports': publish(exchanges.reports, ''),
    'the heartbeats': publish(exchanges.heartbeats, ''),
    'the orders of a worker': publish(exchanges.control, 'w1'),
    'the events': publish(exchanges.events, 'run.succeeded.dalec'),
    'the rejected requests': publish(exchanges.rejected, ''),
    'the dead letters': publish(exchanges.dead, ''),
    'the default exchange': publish('', queues.reports),
    'another submitter’s queue': publish('', 'reply.bob.1'),
    'amq.direct': publish('amq.direct', ''),
  },
  'ask as': {
    'another submitter': publish(exchanges.requests, '', { userId: 'bob' }),
    'the dispatcher': publish(exchanges.requests, '', { userId: 'dispatcher' }),
  },
  consume: {
    'the requests': consume(queues.requests),
    'the reports': consume(queues.reports),
    'the heartbeats': consume(queues.heartbeats),
    'the jobs': consume(poolQueue('default')),
    'the orders of a worker': consume(controlQueue('w2')),
    'the rejected requests': consume(queues.rejected),
    'the dead letters': consume(queues.dead),
    'another submitter’s answers': consume('reply.bob.1'),
  },
  'bind its queue to': {
    'the requests': first(declare(own), bind(own, exchanges.requests, '')),
    'the jobs': first(declare(own), bind(own, exchanges.jobs, poolQueue('default'))),
    'the orders': first(declare(own), bind(own, exchanges.control, '#')),
    'the reports': first(declare(own), bind(own, exchanges.reports, '')),
  },
  'turn around': {
    'the requests, away from the dispatcher': unbind(queues.requests, exchanges.requests, ''),
    'the reports, into the requests': bindExchange(exchanges.requests, exchanges.reports, ''),
    'the requests, into the jobs': bindExchange(exchanges.jobs, exchanges.requests, ''),
    'events, into another’s queue': bind('reply.bob.1', exchanges.events, '#'),
  },
  declare: {
    'a queue of ours': declare('carya.mine'),
    'a queue of another submitter': declare('reply.bob.2'),
    'a queue under any other name': declare('mine'),
    'an exchange': declareExchange('reply.mine'),
    'a queue whose dead letters become jobs': declare('reply.ann.jobs', {
      deadLetterExchange: exchanges.jobs,
      deadLetterRoutingKey: poolQueue('default'),
    }),
    'a queue whose dead letters become reports': declare('reply.ann.reports', {
      deadLetterExchange: exchanges.reports,
    }),
    'a queue whose dead letters go anywhere': declare('reply.ann.any', {
      deadLetterExchange: '',
      deadLetterRoutingKey: queues.reports,
    }),
  },
  delete: {
    'the queue of requests': deleteQueue(queues.requests),
    'the queue of reports': deleteQueue(queues.reports),
    'a queue of jobs': deleteQueue(poolQueue('default')),
    'another submitter’s queue': deleteQueue('reply.bob.1'),
    'the exchange of events': deleteExchange(exchanges.events),
  },
  purge: {
    'the requests': purge(queues.requests),
    'the reports': purge(queues.reports),
    'the jobs': purge(poolQueue('default')),
    'another submitter’s queue': purge('reply.bob.1'),
  },
}

describe.each(Object.entries(forbidden))('a submitter may not %s', (what, attempts) => {
  test.each(Object.entries(attempts))('%s', async (_, attempt) => {
    expect(await ann(attempt)).toMatch(what === 'ask as' ? /PRECONDITION_FAILED.*user_id/ : /ACCESS_REFUSED/)
  })
})

const allowed: Record<string, Attempt> = {
  ask: publish(exchanges.requests, '', { userId: 'ann' }),
  'hear the answers by direct reply-to': (channel) =>
    channel.consume('amq.rabbitmq.reply-to', () => {}, { noAck: true }),
  'have queues of its own, durable or server-named': first(declare(own), consume(own), declare('')),
  'follow the events': first(declare(own), bind(own, exchanges.events, 'run.#')),
  'purge and delete its own queue': first(declare(own), purge(own), deleteQueue(own)),
}

test.each(Object.entries(allowed))('a submitter may %s', async (_, attempt) => {
  expect(await ann(attempt)).toBe('done')
})
