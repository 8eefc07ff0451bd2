import { expect, test } from 'vitest'
import { openFlights } from './flights.ts'

function setUp() {
  const flights = openFlights<string>()
  const begun: { signal: AbortSignal; land: (value: string) => void; crash: (error: Error) => void }[] = []
  const join = (signal = new AbortController().signal, key = 'a') =>
    flights.join(
      key,
      (stop) => {
        const { promise, resolve, reject } = Promise.withResolvers<string>()
        begun.push({ signal: stop, land: resolve, crash: reject })
        return promise
      },
      signal,
    )
  return { join, begun }
}

test('work under one key is done once, and its outcome is everybody’s', async () => {
  const { join, begun } = setUp()
  const all = [join(), join(), join(), join(undefined, 'b')]
  expect(begun).toHaveLength(2)
  begun[0]!.land('done')
  begun[1]!.land('other')
  expect(await Promise.all(all)).toEqual(['done', 'done', 'done', 'other'])
  const again = join()
  begun[2]!.crash(new Error('down'))
  await expect(again).rejects.toThrow('down')
})

test('one that leaves does not stop it for the others; the last one does', async () => {
  const { join, begun } = setUp()
  const [first, second] = [new AbortController(), new AbortController()]
  const waiting = [join(first.signal), join(second.signal)]
  first.abort(new Error('cancelled'))
  await expect(waiting[0]).rejects.toThrow('cancelled')
  expect(begun[0]!.signal.aborted).toBe(false)
  second.abort(new Error('cancelled too'))
  await expect(waiting[1]).rejects.toThrow('cancelled too')
  expect(begun[0]!.signal.aborted).toBe(true)
})

test('who comes when all have left begins anew', async () => {
  const { join, begun } = setUp()
  const only = new AbortController()
  const left = join(only.signal)
  only.abort(new Error('cancelled'))
  await expect(left).rejects.toThrow('cancelled')
  const next = join()
  begun[0]!.crash(new Error('stopped'))
  begun[1]!.land('anew')
  expect(await next).toBe('anew')
})
