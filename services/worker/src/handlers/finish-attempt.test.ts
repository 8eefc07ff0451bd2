import type { WorkerReport } from '@carya/contracts'
import { expect, test } from 'vitest'
import { finishAttempt } from './finish-attempt.ts'
import { hold } from './held.ts'

function setUp(publish: (report: WorkerReport) => Promise<'confirmed'>, note?: string) {
  const place = { folder: 'runs/r/1-n', path: '', outputs: '', log: '' }
  const held = hold({ run: 'r', attempt: 1, nonce: 'n' }, place, { cpus: 1, memory: 1 }, {})
  const finish = finishAttempt({
    worker: 'w1',
    reports: { publish },
    inputs: { given: () => Promise.resolve(undefined) },
    outputs: { read: () => Promise.resolve({ outputs: [], total: 0, metrics: {}, notes: [] }) },
    preparation: { jobOf: () => Promise.resolve(undefined) },
    guard: { limit: () => ({ bytes: 1, isAsked: false }) },
    logs: { keep: () => Promise.resolve({ tail: '', notes: [] }) },
    provenances: { write: () => Promise.resolve(note) },
    maker: {
      engine: { name: 'docker', version: '29.1', kernel: '6.12', architecture: 'x86_64' },
      version: '0.1.0',
    },
    clock: { now: () => '2026-01-01T00:00:00.000Z' },
    log: { info: () => {} },
  })
  return { held, finish }
}

test('a final report that was refused goes out again when it is asked for, and one that was confirmed not at once', async () => {
  const published: WorkerReport[] = []
  const { held, finish } = setUp((report) => {
    published.push(report)
    return published.length === 1 ? Promise.reject(new Error('refused')) : Promise.resolve('confirmed')
  })
  await expect(finish.finish(held)).rejects.toThrow('refused')
  await finish.repeat(held)
  await finish.repeat(held)
  expect(published).toHaveLength(2)
  expect(published[1]).toEqual(published[0])
})

test('a final report that is on its way is not sent a second time', async () => {
  const published: WorkerReport[] = []
  const answer = Promise.withResolvers<'confirmed'>()
  const { held, finish } = setUp((report) => {
    published.push(report)
    return answer.promise
  })
  const finished = finish.finish(held)
  await expect.poll(() => published.length).toBe(1)
  await finish.repeat(held)
  answer.resolve('confirmed')
  await finished
  expect(published).toHaveLength(1)
})

test('what made the outputs is on record before the end is told; where it is not, a note says so', async () => {
  const published: WorkerReport[] = []
  const { held, finish } = setUp((report) => {
    published.push(report)
    return Promise.resolve('confirmed')
  }, 'run.json could not be written: ENOSPC')
  await finish.finish(held)
  expect(published).toMatchObject([
    { engine: 'docker 29.1', version: '0.1.0', notes: ['run.json could not be written: ENOSPC'] },
  ])
})

test.each([
  [true, 'failed', /^what its manifest asks of its outputs is not known/],
  [false, 'succeeded', undefined],
] as const)(
  'where its job cannot be read and asks of its outputs (%s), one that ended well has %s',
  async (asksOfOutputs, outcome, detail) => {
    const published: WorkerReport[] = []
    const { held, finish } = setUp((report) => {
      published.push(report)
      return Promise.resolve('confirmed')
    })
    const look = { id: 'c', status: 'ended', exitCode: 0, oomKilled: false, error: '' } as const
    held.container = 'c'
    held.state = { ...held.state, done: ['start'] }
    held.ended = { look: { ...look, cpus: 1, memory: 1, labels: {} }, trusted: true }
    held.asksOfOutputs = asksOfOutputs
    await finish.finish(held)
    const failure = detail && { kind: 'output_error', detail: expect.stringMatching(detail) }
    expect(published).toMatchObject([{ outcome, ...(failure ? { failure } : {}) }])
  },
)
