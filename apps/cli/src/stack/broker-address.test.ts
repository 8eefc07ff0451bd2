import { expect, test } from 'vitest'
import { brokerAddress, staleWorkers } from './broker-address.ts'
import type { Installation } from './installation.ts'

const workers = { node2: { pool: 'default' }, node3: { pool: 'default', broker: '127.0.0.1:15672' } }
const installation: Installation = {
  v: 1,
  id: 'abc123',
  worker: 'local',
  pool: 'default',
  store: '/data/carya',
  ports: { amqp: 5673, http: 7070 },
  listen: '192.0.2.7',
  workers,
}

test('a worker reaches the broker where it listens, or as was said for this worker', () => {
  expect(brokerAddress(installation, 'node2')).toEqual({ host: '192.0.2.7', port: 5673, isReachable: true })
  expect(brokerAddress(installation, 'node3')).toMatchObject({ host: '127.0.0.1', port: 15_672 })
  const closed = { ...installation, listen: undefined }
  expect(brokerAddress(closed, 'node2')).toEqual({ host: '127.0.0.1', port: 5673, isReachable: false })
})

test('a changed address makes stale the settings of those that go by it, another store those of all', () => {
  expect(staleWorkers(installation, { ...installation })).toEqual([])
  expect(staleWorkers(installation, { ...installation, listen: '192.0.2.8' })).toEqual(['node2'])
  expect(staleWorkers(installation, { ...installation, listen: undefined })).toEqual(['node2'])
  expect(staleWorkers(installation, { ...installation, store: '/data/other' })).toEqual(['node2', 'node3'])
})
