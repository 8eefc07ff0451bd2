/** Ensembles while dispatchers are killed, doubled, and told things twice: every member is in the results once. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { finishedBody } from '../../support/simulated-worker.ts'
import { until } from '../../support/until.ts'
import { lhs, openSetting, result, type Setting } from './ensemble-setting.ts'

const MEMBERS = 120
const stack = new AsyncDisposableStack()
let setting: Setting

beforeAll(async () => {
  setting = stack.use(await openSetting())
})
afterAll(() => stack.disposeAsync())

/** Ends once at a later try, and for good where it is told to. */
const design = {
  kind: 'random',
  samples: MEMBERS,
  seed: 5,
  vary: { k: { normal: [5, 2], truncate: 'range' }, n: { uniform: [0, 9] }, fail: { values: [true, false] } },
}
const asked = { kind: 'ensemble', model: 'line', design }
const parameters = async (id: string) =>
  (await setting.rows(id)).map(({ index, state, k, n, fail, y }) => [index, state, k, n, fail, y].join(','))

describe('a dispatcher that is killed', () => {
  test('three times during an ensemble changes nothing in its results', async () => {
    const calm = await setting.submit(asked)
    const expected = await setting.ended(calm)
    const rows = await parameters(calm)
    expect(rows.length).toBe(MEMBERS)

    const id = await setting.submit(asked)
    let { service } = setting
    for (const share of [0.2, 0.45, 0.7]) {
      const begun = () => setting.worker.jobs.filter((each) => each.ensemble === id).length
      await until('it is that far', () => begun() >= share * MEMBERS)
      await service.stop('SIGKILL')
      const next = await setting.installation.dispatcher({ CARYA_SWEEP: '1s' })
      service = next.service
      setting.use(next.api)
    }
    const view = await setting.ended(id)
    expect([view.state, view.members]).toEqual([expected.state, expected.members])
    expect(await parameters(id)).toEqual(rows)
    expect(await setting.installation.redis.xlen(`carya:ensemble:${id}:rows`)).toBe(0)
  })
})

describe('two dispatchers at once', () => {
  test('feed each member once, and tell each end once', async () => {
    const other = await setting.installation.dispatcher({ CARYA_SWEEP: '1s' })
    const ids = [await setting.submit(asked)]
    setting.use(other.api)
    ids.push(await setting.submit(lhs(MEMBERS)))
    for (const id of ids) {
      const view = await setting.ended(id)
      expect(view.members.succeeded + view.members.failed).toBe(MEMBERS)
      const jobs = setting.worker.jobs.filter((each) => each.ensemble === id)
      expect(jobs.length).toBe(MEMBERS)
      expect(new Set(jobs.map((each) => each.index)).size).toBe(MEMBERS)
      expect((await setting.rows(id)).map((row) => row['index'])).toEqual(
        Array.from({ length: MEMBERS }, (_, i) => String(i)),
      )
    }
  })
})

describe('reports of a member that has ended', () => {
  test('change nothing, and are answered so that their sender lets go', async () => {
    const { worker } = setting
    const id = await setting.submit(lhs(6))
    const before = await setting.ended(id)
    const rows = await parameters(id)
    const job = worker.jobs.find((each) => each.ensemble === id)!
    const heard = worker.orders.length
    const next = (words: string[], nonce: string) =>
      until(`an order says ${words.join(' or ')}`, () =>
        worker.orders
          .slice(heard)
          .find((each) => words.includes(each.do) && 'nonce' in each && each.nonce === nonce),
      )
    const failure = { kind: 'model_error' as const, detail: 'late' }
    worker.report('finished', job, finishedBody({ ...result(job), outcome: 'failed', exitCode: 9, failure }))
    await next(['settled'], job.nonce)
    const stale = { ...job, nonce: 'f'.repeat(16) }
    worker.report('claimed', stale)
    expect(await next(['refused'], stale.nonce)).toMatchObject({ unused: false })
    // an attempt with a higher number than was ever given out
    const ahead = { ...job, attempt: 3, nonce: 'e'.repeat(16) }
    worker.report('claimed', ahead)
    expect(await next(['refused'], ahead.nonce)).toMatchObject({ unused: false })
    worker.report('finished', ahead, finishedBody())
    await next(['settled'], ahead.nonce)
    // and what its heartbeat lists it must stop, or may let go
    const listed = { run: job.run, attempt: 4, nonce: 'd'.repeat(16) }
    worker.beat([{ ...listed, phase: 'running' }])
    await next(['stop', 'settled'], listed.nonce)
    expect(await setting.shown(id)).toEqual(before)
    expect(await parameters(id)).toEqual(rows)
    expect((await setting.call('GET', '/v1/service')).body).not.toHaveProperty('recovery')
  })
})
