import { expect, test } from 'vitest'
import { CommandFailure } from '../terminal/failure.ts'
import { addressForHosts, hostAddresses, listenAddress, ownAddresses, requireAddress } from './listen.ts'

const own = ['192.0.2.7', '198.51.100.1']

test('the broker may listen on an address of this machine, on all of them, or on loopback alone', () => {
  expect(listenAddress('192.0.2.7', own)).toBe('192.0.2.7')
  expect(listenAddress('0.0.0.0', own)).toBe('0.0.0.0')
  expect(listenAddress('127.0.0.1', own)).toBeUndefined()
})

test.for(['192.0.2.8', 'node1', '::', ''])('it may not listen on %j', (given) => {
  expect(() => listenAddress(given, own)).toThrow(CommandFailure)
})

test('an address that is kept has to be on the machine, and what to do is said where it is not', () => {
  for (const kept of [undefined, '0.0.0.0', '192.0.2.7'])
    expect(() => requireAddress(kept, own)).not.toThrow()
  expect(() => requireAddress('192.0.2.8', own)).toThrow(
    expect.objectContaining({
      problem: expect.objectContaining({
        title: expect.stringContaining('192.0.2.8'),
        detail: expect.stringContaining('--listen'),
        help: [expect.stringContaining('carya up --listen 127.0.0.1')],
      }),
    }),
  )
})

test('other hosts are told the address it listens on, or this machine’s first one', () => {
  expect(addressForHosts('198.51.100.1', own)).toBe('198.51.100.1')
  expect(addressForHosts('0.0.0.0', own)).toBe('192.0.2.7')
  expect(addressForHosts(undefined, own)).toBeUndefined()
})

test('an engine’s bridges are no way to this machine', () => {
  const of = (address: string, internal = false) => [
    { address, internal, family: 'IPv4' as const, netmask: '', mac: '', cidr: null },
  ]
  const interfaces = {
    lo: of('127.0.0.1', true),
    docker0: of('172.17.0.1'),
    'br-0a1b': of('172.18.0.1'),
    veth1: of('172.19.0.1'),
    eth0: of('192.0.2.7'),
  }
  expect(hostAddresses(interfaces)).toEqual(['192.0.2.7'])
  expect(ownAddresses(interfaces)).toContain('172.17.0.1')
})
