import { expect, test } from 'vitest'
import { isPrivate } from './private-address.ts'

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.31.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '255.255.255.255',
  '::1',
  '::',
  'fe80::1',
  'fd00::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::a00:1',
  '::10.0.0.1',
  'fec0::1',
  'localhost',
])('%s is private', (address) => {
  expect(isPrivate(address)).toBe(true)
})

test.each(['1.1.1.1', '172.32.0.1', '193.0.0.1', '2606:4700::1111', '64:ff9b:2::1'])(
  '%s is public',
  (address) => {
    expect(isPrivate(address)).toBe(false)
  },
)
