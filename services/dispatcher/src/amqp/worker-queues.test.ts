import type { Declaration } from '@carya/amqp'
import { poolQueue, workerQueue } from '@carya/contracts'
import { expect, test } from 'vitest'
import { workerQueues } from './worker-queues.ts'

function setup() {
  const declared: (readonly Declaration[])[] = []
  const removed: string[] = []
  const queues = workerQueues({
    declare: (declarations) => void declared.push([...declarations]),
    remove: async (queue) => void removed.push(queue),
  })
  return { ...queues, declared, removed }
}

test('a worker’s queues are declared when it is first heard and when it starts again, and kept once', () => {
  const { welcome, declared } = setup()
  welcome('default', 'w1', false)
  welcome('default', 'w1', false)
  expect(declared).toHaveLength(2)
  welcome('default', 'w1', true)
  expect(declared).toHaveLength(4)
  expect(declared[2]?.[0]).toBe(declared[0]?.[0])
  expect(declared[3]?.[0]).toBe(declared[1]?.[0])
  welcome('other', 'w1', false)
  expect(declared).toHaveLength(6)
})

test('one that was forgotten is declared again when it is heard', async () => {
  const { welcome, forget, declared, removed } = setup()
  welcome('default', 'w1', true)
  await forget('default', 'w1')
  expect(removed).toEqual([workerQueue('default', 'w1')])
  expect(removed).not.toContain(poolQueue('default'))
  welcome('default', 'w1', false)
  expect(declared).toHaveLength(4)
})
