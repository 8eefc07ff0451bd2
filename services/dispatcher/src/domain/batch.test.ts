import { expect, test } from 'vitest'
import { batchOf } from './batch.ts'
import { chooseNext, type Share } from './fair-share.ts'
import { boundless, roomOf, type Host } from './placement.ts'

const size = { cpus: 100, memory: 2 ** 40 }
const host: Host = { worker: 'w1', size, room: size, heardAt: 0, freedAt: 0 }
const head = ['a', 'b', 'c', 'd', 'e'].map((run) => ({
  run,
  cost: { cpus: 1, memory: 1 },
  faults: [],
  declined: [],
}))
const shares: Share[] = [
  { submitter: 'ann', virtual: 0, clock: 0, lines: [{ name: '0', priority: 0, virtual: 0, head }] },
]
const names = ({ picks }: ReturnType<typeof chooseNext>) => picks.map((each) => each.run)

test('ends with the run that fills it, and the next begins with the one behind', () => {
  const room = batchOf(roomOf([host], { queued: [], running: [] }), () => 2, 3)
  const picked = chooseNext(shares, 0, [], room, 64)
  expect([names(picked), room.isSpent()]).toEqual([['a', 'b'], true])
  const next = batchOf(boundless([host]), () => 2, 3)
  expect(names(chooseNext(picked.shares, picked.virtual, picked.turns, next, 64))).toEqual(['c', 'd'])
})

test('takes one run however large it is, and keeps the turns of those that it could not ask', () => {
  const room = batchOf(boundless([host]), () => 1000, 3)
  const picked = chooseNext(shares, 0, ['c', 'd', 'e'], room, 64)
  expect([names(picked), picked.turns]).toEqual([['c'], ['d', 'e']])
})

test('is not spent by what finds no room', () => {
  const room = batchOf(boundless([]), () => 1000, 3)
  expect(names(chooseNext(shares, 0, [], room, 64))).toEqual([])
  expect(room.isSpent()).toBe(false)
})
