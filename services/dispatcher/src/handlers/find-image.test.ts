import type { PinnedImage, Resolved } from '@carya/contracts'
import { afterEach, expect, test, vi } from 'vitest'
import { START } from '../domain/sample.fixture.ts'
import type { KnownWorker } from '../ports.ts'
import { findImage } from './find-image.ts'

const id = (letter: string) => `sha256:${letter.repeat(64)}`
const image = (letter: string, by: PinnedImage['by'] = 'id'): Pick<Resolved, 'image'> => ({
  image: { name: 'pond:1', digest: id(letter), by },
})
const lacks = { error: 'no such image here' }
const known = (name: string): KnownWorker => ({
  name,
  pool: 'default',
  state: 'live',
  size: { cpus: 1, memory: 1 },
  room: { cpus: 1, memory: 1 },
  attempts: 0,
  lastBeatAt: START,
  lastBeat: 0,
  session: '1',
  version: '0',
  wish: undefined,
})

type Answer = Pick<Resolved, 'image'> | { error: string }

/**
 * Workers by name, in the order in which they are known, with what each answers, if anything; and who was asked. `pulls`
 * are told in their heartbeats.
 */
function setup(hosts: Record<string, Answer | undefined>, pulls: () => string[] = () => []) {
  const workers = Object.keys(hosts).map(known)
  const waiting = new Map<string, (answer: Resolved) => void>()
  const asked: { worker: string; fresh: boolean }[] = []
  const find = findImage({
    workers: {
      all: async () => workers,
      view: async (name) => workers.find((each) => each.name === name),
      find: async (worker) => {
        const { pool, session, version, size, room, lastBeat, wish } = known(worker)
        const facts = { v: 1 as const, worker, pool, session, version, size, room, at: START, interval: 5 }
        const lookups = pulls().map((one) => ({ image: one, how: '' }))
        return { ...facts, beat: 1, seq: 0, draining: false, attempts: [], lookups, lastBeat, wish }
      },
    },
    orders: {
      send(worker, orders) {
        for (const order of orders) {
          if (order.do !== 'resolve') continue
          const { request, fresh = false } = order
          asked.push({ worker, fresh })
          const answer = hosts[worker]
          if (answer)
            waiting.get(request)?.({ v: 1, kind: 'resolved', worker, at: START, request, ...answer })
        }
      },
    },
    answered: (request, signal) =>
      new Promise((resolve, reject) => {
        waiting.set(request, resolve)
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      }),
  })
  return { asked, find: (fresh = false) => find('pond:1', fresh, new AbortController().signal) }
}

test('an image that hosts have built differently under one name is refused: which host has which', async () => {
  const { find } = setup({ w1: image('a'), w2: image('b'), w3: image('a') })
  const answer = await find()
  expect(answer).toMatchObject({ rejected: { status: 400, errors: [{ path: 'image', value: 'pond:1' }] } })
  expect(JSON.stringify(answer)).toMatch(/a{12} on w1, w3; b{12} on w2\. .*docker save.* registry/)
})

test('also where the first host has none of it', async () => {
  const { find } = setup({ w1: lacks, w2: image('a'), w3: image('b') })
  expect(JSON.stringify(await find())).toMatch(/different images of this name.*w2.*w3|w3.*w2/)
})

test('hosts that have the same, none, or one of a registry are no difference', async () => {
  const { find, asked } = setup({ w1: image('a'), w2: lacks, w3: image('a'), w4: image('c', 'repo') })
  expect(await find(true)).toEqual({ found: image('a') })
  // what others have they are not to fetch anew
  expect(asked).toEqual([
    { worker: 'w1', fresh: true },
    { worker: 'w2', fresh: false },
    { worker: 'w3', fresh: false },
    { worker: 'w4', fresh: false },
  ])
})

test('what a registry has is the same everywhere: nobody else is asked', async () => {
  const { find, asked } = setup({ w1: image('a', 'repo'), w2: image('b') })
  expect(await find()).toEqual({ found: image('a', 'repo') })
  expect(asked.map(({ worker }) => worker)).toEqual(['w1'])
})

const MINUTE = 60_000
afterEach(() => void vi.useRealTimers())

test('a worker that pulls is waited for, one that says nothing is not: the others are asked', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
  let pulled = ['pond:1']
  const { find, asked } = setup({ w1: undefined, w2: image('a', 'repo') }, () => pulled)
  const answer = find()
  await vi.advanceTimersByTimeAsync(60 * MINUTE)
  expect(asked.every(({ worker }) => worker === 'w1')).toBe(true)
  pulled = ['lake:1']
  await vi.advanceTimersByTimeAsync(11 * MINUTE)
  expect(await answer).toEqual({ found: image('a', 'repo') })
})

test('that nobody has answered is said in words', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
  const answer = setup({ w1: undefined }).find()
  await vi.advanceTimersByTimeAsync(11 * MINUTE)
  expect(JSON.stringify(await answer)).toContain('worker w1: it has not answered for 10 minutes')
})
