/** Who is next, and how many are out: ensembles in the feed of a real dispatcher, with a worker that holds its runs. */
import type { Order } from '@carya/contracts'
import { afterEach, describe, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { holding, lhs, openSetting, type Setting } from './ensemble-setting.ts'

let stack = new AsyncDisposableStack()
afterEach(async () => {
  await stack.disposeAsync()
  stack = new AsyncDisposableStack()
})
const open = async (...args: Parameters<typeof openSetting>): Promise<Setting> =>
  stack.use(await openSetting(...args))
const isStopped = (id: string) => (order: Order) => order.do === 'stop' && order.run.startsWith(id)

describe('a worker whose every slot an ensemble holds', () => {
  test('takes a single run within two releases of a slot, and never more than its bound of another', async () => {
    const { options, held, finish } = holding()
    const { call, worker, submit, submitter, shown } = await open({}, options)
    const ann = await submitter('ann')
    const bob = await submitter('bob')
    const large = String((await ann.send(lhs(10_000)).answer('ensemble.accepted')).body['id'])
    await until('all slots are held', () => held.length >= 8)
    for (const who of [ann, bob]) {
      const before = worker.jobs.length
      const id = (await who.send({ kind: 'run', model: 'line' }).answer('run.accepted')).body['id']
      finish(worker, 2)
      await worker.job((each) => each.run === id)
      expect(worker.jobs.slice(before).findIndex((each) => each.run === id)).toBeLessThan(2)
    }

    await call('POST', `/v1/ensembles/${large}/cancel`)
    // its worker is told to stop each of them, and does
    await until('it has ended', async () => (await shown(large)).state === 'cancelled')
    expect(worker.orders.filter(isStopped(large)).length).toBeGreaterThanOrEqual(6)

    finish(worker, held.length)
    const bound = await submit(lhs(30, { maxParallel: 3 }))
    const jobs = () => worker.jobs.filter((each) => each.ensemble === bound).length
    const ends = (count: number) =>
      until(`${count} have ended`, async () => {
        const { members } = await shown(bound)
        return members.succeeded === count && members
      })
    let ended = 0
    for (const count of [1, 2, 3, 3]) {
      await until('three are out', () => held.length === 3)
      finish(worker, count)
      ended += count
      const { queued, running } = await ends(ended)
      expect(queued + running).toBeLessThanOrEqual(3)
      await until('three are out again', () => held.length === 3)
      expect(jobs()).toBe(ended + 3)
    }
    expect((await call('PATCH', `/v1/ensembles/${bound}`, { maxParallel: 6 })).body).toMatchObject({
      maxParallel: 6,
    })
    await until('six are out', () => held.length === 6)
    expect((await call('PATCH', `/v1/ensembles/${bound}`, { maxParallel: null })).status).toBe(200)
    await until('as many are out as there are slots', () => held.length >= 8)
    expect((await call('PATCH', `/v1/ensembles/${bound}`, { maxParallel: 0 })).status).toBe(400)
    // cancelled as a message
    const cancelled = await ann.send({ kind: 'cancel', id: bound }).answer('cancel.accepted')
    expect(cancelled.body).toMatchObject({ id: bound })
    await until('it has ended', async () => (await shown(bound)).state === 'cancelled')
    const again = await ann.send({ kind: 'cancel', id: bound }).answer('cancel.accepted')
    expect(again.body).toMatchObject({ id: bound, state: 'cancelled', changed: false })
  })
})

describe('shares', () => {
  test('of two submitters are equal in any 200 starts, and follow priority within one of them', async () => {
    const { call, worker, submitter } = await open()
    const ask = async (user: string) => {
      const who = await submitter(user)
      return String((await who.send(lhs(1_000_000)).answer('ensemble.accepted')).body['id'])
    }
    const anns = await ask('ann')
    const bobs = await ask('bob')
    const others = await ask('bob')
    const ids = [anns, bobs, others]
    /** Of the next so many jobs, how many are of this ensemble. */
    const counted = async (total: number) => {
      const from = worker.jobs.length
      await until(`${total} more have started`, () => worker.jobs.length >= from + total)
      const those = worker.jobs.slice(from, from + total)
      return (id: string, first = 0, last = total) =>
        those.slice(first, last).filter((each) => each.ensemble === id).length
    }
    await until('all have begun', () => ids.every((id) => worker.jobs.some((each) => each.ensemble === id)))
    const starts = await counted(225)
    for (let first = 0; first <= 25; first += 25) {
      expect(starts(anns, first, first + 200)).toBeGreaterThanOrEqual(90)
      expect(starts(anns, first, first + 200)).toBeLessThanOrEqual(110)
    }
    expect((await call('PATCH', `/v1/ensembles/${others}`, { priority: 3 })).body).toMatchObject({
      priority: 3,
    })
    // what was picked before is on its way still
    await counted(20)
    const after = await counted(120)
    expect(after(anns)).toBeGreaterThanOrEqual(50)
    expect(after(anns)).toBeLessThanOrEqual(70)
    // eight to one
    expect(after(others) / after(bobs)).toBeGreaterThan(5)
    expect(after(others) / after(bobs)).toBeLessThan(14)
    for (const id of ids) await call('POST', `/v1/ensembles/${id}/cancel`)
  })
})

describe('members that are tried again', () => {
  test('go before those that never ran, and end well', async () => {
    const once = new Set<string>()
    const { worker, submit, ended, rows } = await open(
      {},
      {
        result(job) {
          if ((job.index ?? 0) % 20 !== 5 || once.has(job.run)) return {}
          once.add(job.run)
          const failure = { kind: 'model_error' as const, detail: 'the first time' }
          return { outcome: 'failed', exitCode: 1, failure }
        },
      },
    )
    const id = await submit(lhs(100, { retries: 1 }))
    const view = await ended(id)
    expect(view).toMatchObject({ state: 'succeeded', members: { total: 100, succeeded: 100, failed: 0 } })
    const tried = worker.jobs.filter((each) => each.attempt === 2)
    expect(tried.length).toBe(5)
    const attempts = (await rows(id)).map((row) => row['attempts'])
    expect(attempts.flatMap((each, i) => (each === '2' ? [i] : []))).toEqual(
      Array.from({ length: 5 }, (_, i) => 20 * i + 5),
    )
  })
})
