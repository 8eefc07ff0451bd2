import { expect, test } from 'vitest'
import { Unavailable } from './api.ts'
import { calmStore } from './calm-store.ts'
import { LOOKS, RECORDS } from './threads.ts'

/** A store whose calls hang until they are let go, by their order; then they fail. */
function hanging() {
  const hung: (() => void)[] = []
  const hang = () => new Promise<never>((_, reject) => hung.push(() => reject(new Error('gone'))))
  const calls = {
    readRun: hang,
    writeRun: hang,
    writeRows: hang,
    writeEnsemble: hang,
    readEnsemble: hang,
    read: hang,
    list: hang,
    put: hang,
  }
  const store = calmStore(calls, 1)
  const many = (count: number, call: () => Promise<unknown>) =>
    Array.from({ length: count }, () => expect(call()).rejects.toThrow('gone'))
  return { hung, store, many }
}

test('a store that hangs is asked only so much at once; who waits for an answer is told in time', async () => {
  const { hung, store, many } = hanging()
  const looks = many(LOOKS, () => store.readRun('r'))
  await expect(store.list('folder', 1)).rejects.toThrow(Unavailable)
  expect(hung.length).toBe(LOOKS)
  hung[0]!()
  await looks[0]
  looks.push(...many(1, () => store.read('file')))
  expect(hung.length).toBe(LOOKS + 1)
  for (const letGo of hung) letGo()
  await Promise.all(looks)
})

test('records wait for their turn, and hold up no look', async () => {
  const { hung, store, many } = hanging()
  const all = many(RECORDS + 2, () => store.writeRun({ id: 'r' }, {}))
  all.push(...many(1, () => store.readRun('r')))
  expect(hung.length).toBe(RECORDS + 1)
  for (let each = 0; each < RECORDS + 3; each += 1) {
    await expect.poll(() => hung.length).toBeGreaterThan(each)
    hung[each]!()
  }
  await Promise.all(all)
})
