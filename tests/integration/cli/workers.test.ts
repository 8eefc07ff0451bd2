import type { WorkerView } from '@carya/contracts'
import { expect, test } from 'vitest'
import { serve } from '../http/setup.ts'
import { carya } from './carya.ts'

const room = { cpus: 4, memory: 2 ** 30 }
const at = new Date().toISOString()
const worker = (name: string, attempts: number, state: WorkerView['state'] = 'live'): WorkerView => ({
  name,
  pool: 'default',
  state,
  version: '1',
  lastBeatAt: at,
  size: room,
  room,
  attempts,
})

test('worker drain says what is left, and gives the worker as JSON', async () => {
  await using http = await serve()
  http.api.workersKnown = [worker('w1', 3), worker('w2', 0)]
  const some = await carya(http.url, ['worker', 'drain', 'w1'])
  expect(some).toMatchObject({
    code: 0,
    out: 'w1 draining, 3 left\n',
    err: expect.stringContaining('carya worker ls'),
  })
  expect(await carya(http.url, ['worker', 'drain', 'w2'])).toMatchObject({
    code: 0,
    out: 'w2 draining, empty\n',
  })
  const json = await carya(http.url, ['worker', 'drain', 'w1', '--json'])
  expect([json.code, JSON.parse(json.out)]).toMatchObject([
    0,
    { name: 'w1', state: 'draining', drained: false },
  ])
  const listed = await carya(http.url, ['worker', 'ls'])
  expect(listed.out.split('\n').map((line) => line.split('\t').slice(0, 4))).toEqual([
    ['w1', 'default', 'draining, 3 left', '3'],
    ['w2', 'default', 'draining, empty', '0'],
    [''],
  ])
  const off = await carya(http.url, ['worker', 'drain', 'w1', '--off'])
  expect([off.code, off.out]).toEqual([0, 'w1 live\n'])
})

test('worker drain of one that is not there ends with 2, and names those that are', async () => {
  await using http = await serve()
  http.api.workersKnown = [worker('node2', 0)]
  const { code, out, err } = await carya(http.url, ['worker', 'drain', 'node22'])
  expect([code, out, err]).toEqual([2, '', expect.stringContaining('did you mean node2?')])
  const json = await carya(http.url, ['worker', 'drain', 'node22', '--json'])
  expect([json.code, JSON.parse(json.err)]).toMatchObject([2, { status: 404, exitCode: 2 }])
  expect((await carya(http.url, ['worker', 'drain'])).code).toBe(2)
  expect((await carya('http://127.0.0.1:1', ['worker', 'drain', 'node2'])).code).toBe(3)
  const help = await carya(http.url, ['worker', 'drain', '--help'])
  expect([help.code, help.out]).toEqual([0, expect.stringContaining('--off')])
})

test('worker rm has the service forget a worker that was never added, if it is gone', async () => {
  await using http = await serve()
  http.api.workersKnown = [worker('there', 0), worker('gone', 0, 'lost'), worker('old', 0, 'lost')]
  const there = await carya(http.url, ['worker', 'rm', 'there'])
  expect([there.code, there.err]).toEqual([2, expect.stringContaining('stop it on its host')])
  const gone = await carya(http.url, ['worker', 'rm', 'gone'])
  expect([gone.code, gone.out, gone.err]).toEqual([0, '', expect.stringContaining('gone is forgotten')])
  const json = await carya(http.url, ['worker', 'rm', 'old', '--json'])
  expect([json.code, JSON.parse(json.out)]).toEqual([0, { name: 'old', forgotten: true, runs: 0 }])
  const unknown = await carya(http.url, ['worker', 'rm', 'their'])
  expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('did you mean there?')])
  expect(http.api.workersKnown.map((each) => each.name)).toEqual(['there'])
})
