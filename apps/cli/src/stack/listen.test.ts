import { expect, test } from 'vitest'
import { CommandFailure } from '../terminal/failure.ts'
import { addressForHosts, listenAddress } from './listen.ts'

const own = ['192.0.2.7', '198.51.100.1']

test('the broker may listen on an address of this machine, on all of them, or on loopback alone', () => {
  expect(listenAddress('192.0.2.7', own)).toBe('192.0.2.7')
  expect(listenAddress('0.0.0.0', own)).toBe('0.0.0.0')
  expect(listenAddress('127.0.0.1', own)).toBeUndefined()
})

test.for(['192.0.2.8', 'node1', '::', ''])('it may not listen on %j', (given) => {
  expect(() => listenAddress(given, own)).toThrow(CommandFailure)
})

test('other hosts are told the address it listens on, or this machine’s first one', () => {
  expect(addressForHosts('198.51.100.1', own)).toBe('198.51.100.1')
  expect(addressForHosts('0.0.0.0', own)).toBe('192.0.2.7')
  expect(addressForHosts(undefined, own)).toBeUndefined()
})
