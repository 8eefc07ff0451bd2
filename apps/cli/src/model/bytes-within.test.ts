import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { bytesWithin } from './bytes-within.ts'

test('a stream is read to its end, unless it has more than there is room for', async () => {
  const stream = () => Readable.from([Buffer.from('ab'), Buffer.from('c')])
  expect(await bytesWithin(stream(), 3)).toEqual(Buffer.from('abc'))
  expect(await bytesWithin(stream(), 2)).toBeUndefined()
})

test('a stream without end is broken off', async () => {
  const endless = new Readable({ read: () => void endless.push(Buffer.alloc(1024)) })
  expect(await bytesWithin(endless, 4096)).toBeUndefined()
  expect(endless.destroyed).toBe(true)
})
