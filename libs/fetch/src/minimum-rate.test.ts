import { PassThrough } from 'node:stream'
import { expect, onTestFinished, test, vi } from 'vitest'
import { atMinimumRate } from './minimum-rate.ts'

/** Takes pieces of so many bytes, each `pause` seconds late; `use` seconds are spent on each. How many came. */
async function take(bytes: number, pause: number, use: number): Promise<number> {
  let seconds = 0
  async function* source() {
    for (let piece = 0; piece < 100; piece += 1) {
      seconds += pause
      yield new Uint8Array(bytes)
    }
  }
  let count = 0
  const given = Object.assign(source(), { destroy: () => {} })
  for await (const { byteLength } of atMinimumRate(given, () => seconds * 1000)) {
    seconds += use
    count += byteLength / bytes
  }
  return count
}

test('a source that gives enough is read to its end, however long that takes', async () => {
  expect(await take(2 ** 18, 20, 0)).toBe(100)
  expect(await take(2 ** 10, 0.1, 0)).toBe(100)
})

test('a source that trickles is given up', async () => {
  await expect(take(2 ** 17, 20, 0)).rejects.toThrow('slower than 10 KiB/s')
})

test('the time that its reader takes does not count', async () => {
  expect(await take(2 ** 10, 0, 3600)).toBe(100)
})

test('a source that gives nothing at all is given up', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const source = new PassThrough()
  const read = atMinimumRate(source)[Symbol.asyncIterator]()
  source.write('a')
  await read.next()
  vi.advanceTimersByTime(3_600_000)
  const next = expect(read.next()).rejects.toThrow('slower than 10 KiB/s')
  await vi.advanceTimersByTimeAsync(60_000)
  await next
  expect(source.destroyed).toBe(true)
})
