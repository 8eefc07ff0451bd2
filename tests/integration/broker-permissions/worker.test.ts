/** What the holder of a worker's password can do to the rest: nothing but a worker's work. */
import { controlQueue, exchanges, poolQueue, queues, workerQueue } from '@carya/contracts'
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
  get,
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

const [own, pool] = [workerQueue('default', 'w1'), poolQueue('default')]
const control = controlQueue('w1')
const exclusive = { exclusive: true, durable: false }
const w1 = (attempt: Attempt) => broker.tryOut('worker-w1', attempt)

const forbidden: Record<string, Record<string, Attempt>> = {
  'publish into': {
    'the requests': publish(exchanges.requests, ''),
    'the jobs of its pool': publish(exchanges.jobs, pool),
    'its own jobs': publish(exchanges.jobs, own),
    'the jobs of another worker': publish(exchanges.jobs, workerQueue('default', 'w2')),
    'the orders of another worker': publish(exchanges.control, 'w2'),
    'its own orders': publish(exchanges.control, 'w1'),
    'the events': publish(exchanges.events, 'run.succeeded.dalec'),
    'the rejected requests': publish(exchanges.rejected, ''),
    'the dead letters': publish(exchanges.dead, ''),
    'the default exchange': publish('', queues.reports),
    'a submitter’s queue': publish('', 'reply.bob.1'),
    'amq.direct': publish('amq.direct', ''),
    'amq.topic': publish('amq.topic', 'a.b'),
  },
  'report as': {
    'another worker': publish(exchanges.reports, '', { userId: 'worker-w2' }),
    'the dispatcher': publish(exchanges.reports, '', { userId: 'dispatcher' }),
    'another worker, by heartbeat': publish(exchanges.heartbeats, '', { userId: 'worker-w2' }),
  },
  consume: {
    'the jobs of another worker': consume(workerQueue('default', 'w2')),
    'the jobs of another pool': consume(poolQueue('gpu')),
    'the jobs of a worker of another pool': consume(workerQueue('gpu', 'g1')),
    'the orders of another worker': consume(controlQueue('w2')),
    'the requests': consume(queues.requests),
    'the reports': consume(queues.reports),
    'the heartbeats': consume(queues.heartbeats),
    'the rejected requests': consume(queues.rejected),
    'the dead letters': consume(queues.dead),
    'a submitter’s answers': consume('reply.bob.1'),
  },
  'get one message of': {
    'the jobs of another pool': get(poolQueue('gpu')),
    'the requests': get(queues.requests),
    'the reports': get(queues.reports),
  },
  'bind its queue to': {
    'the orders of another worker': first(
      declare(control, exclusive),
      bind(control, exchanges.control, 'w2'),
    ),
    'the orders of all workers': first(declare(control, exclusive), bind(control, exchanges.control, '#')),
    'the orders of workers by pattern': first(
      declare(control, exclusive),
      bind(control, exchanges.control, '*'),
    ),
    'the requests': first(declare(control, exclusive), bind(control, exchanges.requests, '')),
    'the jobs': first(declare(control, exclusive), bind(control, exchanges.jobs, pool)),
    'the reports': first(declare(control, exclusive), bind(control, exchanges.reports, '')),
    'the events': first(declare(control, exclusive), bind(control, exchanges.events, '#')),
  },
  'turn around': {
    'the jobs of its pool, to its own queue': bind(own, exchanges.jobs, pool),
    'the jobs of its pool, away': unbind(pool, exchanges.jobs, pool),
    'the reports, away from the dispatcher': unbind(queues.reports, exchanges.reports, ''),
    'the heartbeats, away from the dispatcher': unbind(queues.heartbeats, exchanges.heartbeats, ''),
    'all orders, into the reports': bindExchange(exchanges.reports, exchanges.control, '#'),
    'the requests, into the reports': bindExchange(exchanges.reports, exchanges.requests, ''),
    'reports, into the jobs': bindExchange(exchanges.jobs, exchanges.reports, ''),
  },
  declare: {
    'a queue of its own invention': declare('mine'),
    'a server-named queue': declare(''),
    'a queue of jobs': declare('carya.jobs.mine'),
    'the control queue of another worker': declare(controlQueue('w3')),
    'an exchange': declareExchange('mine'),
    'a control queue whose dead letters become jobs': declare(control, {
      ...exclusive,
      deadLetterExchange: exchanges.jobs,
      deadLetterRoutingKey: pool,
    }),
    'a control queue whose dead letters become orders': declare(control, {
      ...exclusive,
      deadLetterExchange: exchanges.control,
      deadLetterRoutingKey: 'w2',
    }),
    'a control queue whose dead letters go anywhere': declare(control, {
      ...exclusive,
      deadLetterExchange: '',
      deadLetterRoutingKey: queues.requests,
    }),
  },
  delete: {
    'the queue of its pool': deleteQueue(pool),
    'its own queue of jobs': deleteQueue(own),
    'the queue of another pool': deleteQueue(poolQueue('gpu')),
    'the control queue of another worker': deleteQueue(controlQueue('w2')),
    'the queue of reports': deleteQueue(queues.reports),
    'the queue of requests': deleteQueue(queues.requests),
    'the exchange of reports': deleteExchange(exchanges.reports),
    'the exchange of jobs': deleteExchange(exchanges.jobs),
  },
  purge: {
    'the queue of another worker': purge(workerQueue('default', 'w2')),
    'the queue of another pool': purge(poolQueue('gpu')),
    'the control queue of another worker': purge(controlQueue('w2')),
    'the requests': purge(queues.requests),
    'the reports': purge(queues.reports),
    'the heartbeats': purge(queues.heartbeats),
    'the rejected requests': purge(queues.rejected),
    'the dead letters': purge(queues.dead),
  },
}

describe.each(Object.entries(forbidden))('a worker may not %s', (what, attempts) => {
  test.each(Object.entries(attempts))('%s', async (_, attempt) => {
    // a name that is not the login's own is no question of rights to the broker
    expect(await w1(attempt)).toMatch(
      what === 'report as' ? /PRECONDITION_FAILED.*user_id/ : /ACCESS_REFUSED/,
    )
  })
})

const allowed: Record<string, Attempt> = {
  report: publish(exchanges.reports, '', { userId: 'worker-w1' }),
  'send heartbeats': publish(exchanges.heartbeats, '', { userId: 'worker-w1' }),
  'consume the jobs of its pool': consume(pool),
  'consume its own jobs': consume(own),
  'have its control queue, and hear its orders': first(
    declare(control, exclusive),
    bind(control, exchanges.control, 'w1'),
    consume(control),
  ),
  // the broker knows one right to read, and it is this one too: docs/security.md
  'purge the queue of its pool': purge(pool),
  'purge its own queue': purge(own),
}

test.each(Object.entries(allowed))('a worker may %s', async (_, attempt) => {
  expect(await w1(attempt)).toBe('done')
})

test('a worker hears the orders to itself, and no others', async () => {
  const heard: string[] = []
  await w1(async (channel) => {
    await channel.assertQueue(control, exclusive)
    await channel.bindQueue(control, exchanges.control, 'w1')
    const told = new Promise<void>((resolve) => {
      void channel.consume(control, (message) => {
        heard.push(message?.content.toString() ?? '')
        if (heard.at(-1) === 'last') resolve()
      })
    })
    for (const [key, order] of Object.entries({ w2: 'to another', w1: 'last' }))
      broker.admin.publish(exchanges.control, key, Buffer.from(order))
    await told
  })
  expect(heard).toEqual(['last'])
})
