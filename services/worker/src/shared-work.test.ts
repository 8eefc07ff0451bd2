import { expect, test } from 'vitest'
import { SharedWork } from './shared-work.ts'

function setUp() {
  const shared = new SharedWork<string>()
  const begun: { tell: (how: string) => void; end: PromiseWithResolvers<string> }[] = []
  const begin = (tell: (how: string) => void) => {
    const end = Promise.withResolvers<string>()
    begun.push({ tell, end })
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
