import { expect, test } from 'vitest'
import { boundless, placedOn, roomOf, type Host, type OutRun, type Waiting } from './placement.ts'

const GIB = 2 ** 30
const [size, cost] = [
  { cpus: 4, memory: 8 * GIB },
  { cpus: 1, memory: GIB },
]
const waits = (run: string, asked: Waiting['cost'], more: Partial<Waiting>): Waiting => ({
  run,
  cost: asked,
  faults: [],
  declined: [],
  ...more,
})
const host = (worker: string, of: Host['size'], more: Partial<Host> = {}): Host => ({
  worker,
  size: of,
  room: of,
  heardAt: 0,
  freedAt: 0,
  ...more,
})
const on = (worker: string, taken: Waiting['cost']): OutRun => ({ run: 'r', at: '', ...taken, on: worker })
const plain = host('plain', size)
const none = { queued: [], running: [] }

test('a run goes only where what its model asks is allowed, and nowhere where no host allows it', () => {
  const open = host('open', size, { policy: { models: { pond: { network: 'outbound' } } } })
  const asks = [{ model: 'pond@1', isolation: { network: 'outbound' } }]
  const room = roomOf([plain, open], none)
  expect(room.offer(waits('r', cost, { asks }), true)).toEqual({
    taken: true,
    host: 'open',
    chosen: true,
  })
  expect(roomOf([plain], none).offer(waits('r', cost, { asks }), true)).toEqual({
    taken: false,
    why: 'never',
  })
  const full = roomOf([plain, open], { queued: [], running: [on('open', size)] })
  expect(full.offer(waits('r', cost, { asks }), true)).toMatchObject({ why: 'reserved', host: 'open' })
  const other = { model: 'lake@1', isolation: { network: 'outbound' } }
  for (const [asked, taken] of [
    [asks, true],
    [[other], false],
    // of an ensemble over versions a host has to allow all
    [[...asks, other], false],
  ] as const)
    expect(boundless([plain, open]).offer(waits('r', cost, { asks: asked }), true)).toMatchObject({ taken })
  const alike = roomOf([open], none)
  const verdict = alike.offer(waits('r', cost, { asks }), true)
  expect(placedOn(verdict, alike)).toBeUndefined()
})
