import { expect, test } from 'vitest'
import { openTurns } from './turns.ts'

test('no more than so many go on at once, and the others follow in order', async () => {
  const turns = openTurns(2)
  const began: number[] = []
  const ends: (() => void)[] = []
  const all = [0, 1, 2, 3].map((each) =>
    turns.run(() => {
      began.push(each)
      return new Promise<void>((resolve) => ends.push(resolve))
    }),
  )
  await expect.poll(() => began).toEqual([0, 1])
  ends[1]!()
  await expect.poll(() => began).toEqual([0, 1, 2])
  for (let each = 0; each < 4; each += 1) {
    await expect.poll(() => ends.length).toBeGreaterThan(each)
    ends[each]!()
  }
  await Promise.all(all)
  expect(began).toEqual([0, 1, 2, 3])
})

test('work that fails gives its turn on', async () => {
  const turns = openTurns(1)
  await expect(turns.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await turns.run(() => Promise.resolve('yes'))).toBe('yes')
})

test('who gives up leaves the line, and takes no turn', async () => {
  const turns = openTurns(1)
  const first = Promise.withResolvers<void>()
  const running = turns.run(() => first.promise)
  const giving = new AbortController()
  const began: string[] = []
  const second = turns.run(async () => void began.push('second'), giving.signal)
  const third = turns.run(async () => void began.push('third'))
  giving.abort(new Error('let go'))
  await expect(second).rejects.toThrow('let go')
  await expect(turns.run(async () => void began.push('fourth'), giving.signal)).rejects.toThrow('let go')
  first.resolve()
  await Promise.all([running, third])
  expect(began).toEqual(['third'])
})

test('work that hangs gives its turn on after a while, once', async () => {
  const turns = openTurns(1, 0.01)
  const hung = Promise.withResolvers<string>()
  const first = turns.run(() => hung.promise)
  expect(await turns.run(() => Promise.resolve('second'))).toBe('second')
  const third = Promise.withResolvers<void>()
  const later = turns.run(() => third.promise)
  hung.resolve('first')
  expect(await first).toBe('first')
  let isFourth = false
  const fourth = openTurns(1).run(() => Promise.resolve())
  await fourth
  void turns.run(async () => void (isFourth = true))
  await Promise.resolve()
  expect(isFourth).toBe(false)
  third.resolve()
  await later
  await expect.poll(() => isFourth).toBe(true)
})
