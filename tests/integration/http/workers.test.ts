import { Problem, type WorkerView } from '@carya/contracts'
import { expect, test } from 'vitest'
import { serve } from './setup.ts'

const room = { cpus: 1, memory: 1 }
const worker = (name: string, more: Partial<WorkerView> = {}): WorkerView => ({
  name,
  pool: 'default',
  state: 'live',
  version: '1',
  lastBeatAt: '2026-01-01T00:00:00.000Z',
  size: room,
  room,
  attempts: 0,
  ...more,
})

test('a worker is drained and resumed, each without a body', async () => {
  await using http = await serve()
  http.api.workersKnown = [worker('w1', { attempts: 2 })]
  const ask = async (word: string) => {
    const answer = await http.ask(`/v1/workers/w1/${word}`, { method: 'POST' })
    return [answer.status, await answer.json()]
  }
  expect(await ask('drain')).toMatchObject([200, { name: 'w1', state: 'draining', drained: false }])
  expect(await ask('resume')).toMatchObject([200, { name: 'w1', state: 'live' }])
})

test('one that is not there is told which there are, a name that is none what is wrong with it', async () => {
  await using http = await serve()
  http.api.workersKnown = [worker('node2')]
  const unknown = await http.ask('/v1/workers/node/drain', { method: 'POST' })
  expect(unknown.status).toBe(404)
  expect(Problem.parse(await unknown.json()).detail).toBe('did you mean node2? there are node2')
  const none = await http.ask('/v1/workers/No%20de/drain', { method: 'POST' })
  expect(none.status).toBe(400)
  expect(Problem.parse(await none.json()).errors).toMatchObject([{ path: 'name' }])
  expect((await http.ask('/v1/workers/node2/drain')).status).toBe(404)
})

test('one that is gone is forgotten, one that is there is not, or later', async () => {
  await using http = await serve()
  http.api.workersKnown = [
    worker('gone', { state: 'lost' }),
    worker('there'),
    worker('holds', { state: 'lost', attempts: 2 }),
  ]
  const ask = async (path: string) => {
    const answer = await http.ask(`/v1/workers/${path}`, { method: 'DELETE' })
    return [answer.status, await answer.json()]
  }
  expect(await ask('gone')).toEqual([200, { name: 'gone', forgotten: true, attempts: 0 }])
  expect(await ask('gone')).toMatchObject([
    404,
    { detail: expect.stringContaining('there are there, holds') },
  ])
  expect(await ask('there')).toMatchObject([409, { type: 'urn:carya:problem:worker-there' }])
  expect(await ask('holds')).toMatchObject([409, { type: 'urn:carya:problem:worker-holds-runs' }])
  expect(await ask('there?when=gone')).toEqual([202, { name: 'there', forgotten: false, attempts: 0 }])
  expect(await ask('there?when=later')).toMatchObject([400, { errors: [{ path: 'when' }] }])
})
