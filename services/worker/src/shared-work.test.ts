import { expect, test } from 'vitest'
import { SharedWork, type Work } from './shared-work.ts'

function setUp(how = {}) {
  const shared = new SharedWork<string>(how)
  const begun: (Work & { end: PromiseWithResolvers<string> })[] = []
  const begin = (work: Work) => {
    const end = Promise.withResolvers<string>()
    begun.push({ ...work, end })
    return end.promise
  }
  return { shared, begun, begin }
}

test('it is done once for all who wait, and again for who comes later', async () => {
  const { shared, begun, begin } = setUp()
  const all = [shared.join('a', begin), shared.join('a', begin), shared.join('b', begin)]
  await expect.poll(() => begun.length).toBe(2)
  begun[0]!.end.resolve('one')
  begun[1]!.end.resolve('two')
  expect(await Promise.all(all)).toEqual(['one', 'one', 'two'])
  const again = shared.join('a', begin)
  await expect.poll(() => begun.length).toBe(3)
  begun[2]!.end.reject(new Error('no'))
  await expect(again).rejects.toThrow('no')
})

test('who waits is told how far it is, also who joins later', async () => {
  const { shared, begun, begin } = setUp()
  const heard: string[] = []
  const first = shared.join('a', begin, { tell: (how) => heard.push(`first ${how}`) })
  await expect.poll(() => begun.length).toBe(1)
  begun[0]!.tell('half')
  const second = shared.join('a', begin, { tell: (how) => heard.push(`second ${how}`) })
  begun[0]!.tell('nearly')
  begun[0]!.end.resolve('done')
  await Promise.all([first, second])
  begun[0]!.tell('too late')
  expect(heard).toEqual(['first half', 'second half', 'first nearly', 'second nearly'])
})

test('who leaves waits no more, and the work goes on for the others', async () => {
  const { shared, begun, begin } = setUp()
  const leaving = new AbortController()
  const left = shared.join('a', begin, { signal: leaving.signal })
  const stayed = shared.join('a', begin)
  await expect.poll(() => begun.length).toBe(1)
  leaving.abort(new Error('let go'))
  await expect(left).rejects.toThrow('let go')
  await expect(shared.join('a', begin, { signal: leaving.signal })).rejects.toThrow('let go')
  begun[0]!.end.resolve('done')
  expect(await stayed).toBe('done')
  expect(begun).toHaveLength(1)
})

test('it goes on when all have left, for who comes later', async () => {
  const { shared, begun, begin } = setUp()
  const leaving = new AbortController()
  const left = shared.join('a', begin, { signal: leaving.signal })
  await expect.poll(() => begun.length).toBe(1)
  leaving.abort(new Error('let go'))
  await expect(left).rejects.toThrow('let go')
  const later = shared.join('a', begin)
  expect(begun[0]!.signal.aborted).toBe(false)
  begun[0]!.end.resolve('done')
  expect(await later).toBe('done')
  expect(begun).toHaveLength(1)
})

test('what stops alone is stopped by the last who leaves, and who comes then begins anew', async () => {
  const { shared, begun, begin } = setUp({ stopsAlone: true })
  const [first, second, third] = [new AbortController(), new AbortController(), new AbortController()]
  const waiting = [first, second, third].map(({ signal }) => shared.join('a', begin, { signal }))
  await expect.poll(() => begun.length).toBe(1)
  first.abort(new Error('cancelled'))
  await expect(waiting[0]).rejects.toThrow('cancelled')
  expect(begun[0]!.signal.aborted).toBe(false)
  // all that follows in the same breath
  second.abort(new Error('cancelled too'))
  third.abort(new Error('cancelled last'))
  const next = shared.join('a', begin)
  await expect(waiting[1]).rejects.toThrow('cancelled too')
  await expect(waiting[2]).rejects.toThrow('cancelled last')
  expect(begun[0]!.signal.aborted).toBe(true)
  begun[0]!.end.reject(new Error('stopped'))
  await expect.poll(() => begun.length).toBe(2)
  begun[1]!.end.resolve('anew')
  expect(await next).toBe('anew')
})
