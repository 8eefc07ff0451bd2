import type { BrokerState, ConsumerState } from '@carya/amqp'
import { expect, test } from 'vitest'
import { listening } from './listening.ts'

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** A broker and a consumer that are what the test says they are. */
function setUp(lastHeard?: number) {
  const world: { publish: BrokerState['publish']; consumer: ConsumerState; now: number } = {
    publish: 'up',
    consumer: 'waiting',
    now: 0,
  }
  const told = new Set<() => void>()
  const onChange = (listener: () => void) => {
    told.add(listener)
    return () => void told.delete(listener)
  }
  const heard = listening({
    broker: { state: () => ({ publish: world.publish, consume: 'up' }), onChange },
    heartbeats: { state: () => world.consumer, onChange, answered: () => Promise.resolve() },
    now: () => world.now,
    lastHeard,
    log,
  })
  const become = (now: number, more: Partial<typeof world>) => {
    Object.assign(world, more, { now })
    for (const listener of told) listener()
  }
  return { heard, become, listeners: told }
}

test('time counts from when the consumer consumes, not from the connection', () => {
  const { heard, become } = setUp()
  using _ = heard
  expect(heard.since()).toBeUndefined()
  become(100, { consumer: 'consuming' })
  become(200, {})
  expect(heard.since()).toBe(100)
})

test('a pause, a lost channel and a blocked broker begin it anew', () => {
  const { heard, become } = setUp()
  using _ = heard
  for (const away of [{ consumer: 'paused' }, { consumer: 'waiting' }, { publish: 'blocked' }] as const) {
    become(1000, { consumer: 'consuming', publish: 'up' })
    become(2000, away)
    expect(heard.since()).toBeUndefined()
    become(3000, { consumer: 'consuming', publish: 'up' })
    expect(heard.since()).toBe(3000)
    heard.anew('the next one')
  }
})

test('what was missed is not held against a worker', () => {
  const { heard, become } = setUp(400)
  using _ = heard
  become(90_000, { consumer: 'consuming' })
  // heard last, among all, by the dispatcher before us
  expect(heard.silence(400)).toBe(0)
  expect(heard.silence(100)).toBe(300)
  become(91_000, {})
  heard.anew('the clock was set forward by a minute', 60_000)
  expect(heard.silence(30_500)).toBe(500)
})

test('leaves no listener behind', () => {
  const { heard, listeners } = setUp()
  heard[Symbol.dispose]()
  heard[Symbol.dispose]()
  expect(listeners.size).toBe(0)
})
