/** What is seen of an ensemble while it goes on: events, the live stream, its members, its results so far. */
import type { EnsembleEvent, EnsemblePreview, RunEvent } from '@carya/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAmqpClient, type AmqpClient } from '../../support/amqp-client.ts'
import { until } from '../../support/until.ts'
import { holding, lhs, openSetting, type Setting } from './ensemble-setting.ts'

const stack = new AsyncDisposableStack()
const { options, held, finish } = holding()
let setting: Setting
let client: AmqpClient
const events: (EnsembleEvent | RunEvent)[] = []

beforeAll(async () => {
  setting = stack.use(await openSetting({}, options))
  client = stack.use(await openAmqpClient(setting.installation.adminUrl))
  const { queue } = await client.channel.assertQueue('', { exclusive: true })
  for (const key of ['ensemble.*.line', 'run.*.line'])
    await client.channel.bindQueue(queue, 'carya.events', key)
  await client.channel.consume(
    queue,
    (message) => message && events.push(JSON.parse(message.content.toString())),
    {
      noAck: true,
    },
  )
})
afterAll(() => stack.disposeAsync())

const isOf = (id: string) => (each: EnsembleEvent | RunEvent) => each.data.id === id
/** Finishes what is out until so many of its members have ended. */
const run = (id: string, count: number) =>
  until(`${count} have ended`, async () => {
    const { members } = await setting.shown(id)
    const ended = members.succeeded + members.failed
    finish(setting.worker, Math.min(held.length, count - ended))
    return ended >= count
  })

/** The items of an ensemble's live stream until it ends, as they come. */
async function* stream(id: string): AsyncGenerator<Record<string, unknown>> {
  const { installation, address } = setting
  const answer = await fetch(`${address}/v1/events?ensemble=${id}`, {
    headers: { authorization: `Bearer ${installation.token}` },
  })
  expect(answer.status).toBe(200)
  let text = ''
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    for (let at = text.indexOf('\n\n'); at >= 0; at = text.indexOf('\n\n')) {
      const data = /^data: (.*)$/m.exec(text.slice(0, at))?.[1]
      text = text.slice(at + 2)
      if (data === undefined) continue
      const item: Record<string, unknown> = JSON.parse(data)
      yield item
      if (item['state'] === 'succeeded') return
    }
  }
}

describe('an ensemble that goes on', () => {
  test('tells its states and its members’ as events, each once, and its counts to who follows it', async () => {
    // more than can be out before it is paused
    const count = 40
    const id = await setting.submit(lhs(count))
    const items: Record<string, unknown>[] = []
    const following = (async () => {
      for await (const item of stream(id)) items.push(item)
    })()
    await run(id, 3)
    await setting.call('POST', `/v1/ensembles/${id}/pause`)
    await until('nothing is out', async () => {
      finish(setting.worker, held.length)
      const { queued, running } = (await setting.shown(id)).members
      return queued + running === 0
    })
    await until('who follows it is told', () => items.some((each) => each['state'] === 'paused'))
    await setting.call('POST', `/v1/ensembles/${id}/resume`)
    await run(id, count)
    await setting.ended(id)
    await following
    expect(items[0]).toMatchObject({ kind: 'ensemble', id, members: { total: count } })
    expect(items.at(-1)).toMatchObject({ state: 'succeeded', members: { succeeded: count, pending: 0 } })

    const succeeded = await until('the last event has come', () =>
      events.find((each) => each.type === 'carya.ensemble.succeeded' && isOf(id)(each)),
    )
    expect(succeeded).toMatchObject({ subject: id, data: { members: { succeeded: count }, model: 'line@1' } })
    expect(events.filter(isOf(id)).map((each) => each.type)).toEqual(
      ['running', 'paused', 'running', 'succeeded'].map((state) => `carya.ensemble.${state}`),
    )
    const members = await until('the members’ events have come', () => {
      const those = events.filter((each) => 'ensemble' in each.data && each.data.ensemble === id)
      return those.filter((each) => each.type === 'carya.run.succeeded').length === count && those
    })
    for (const state of ['queued', 'running', 'succeeded'])
      expect(members.filter((each) => each.data.state === state).length).toBe(count)
    const all = [...members, ...events.filter(isOf(id))].map((each) => each.id)
    expect(new Set(all).size).toBe(all.length)
  })

  test('shows each member: what it was, is, or will be; and nothing behind the last', async () => {
    const id = await setting.submit(lhs(5000))
    await until('all slots are held', () => held.length >= 8)
    await run(id, 2)
    const of = async (index: number) => (await setting.call('GET', `/v1/runs/${id}-${index}`)).body
    const gone = await until('a member has ended', async () => {
      const all = await Promise.all([0, 1, 2, 3].map(of))
      return all.find((each) => each.state === 'succeeded')
    })
    expect(gone).toMatchObject({
      ensemble: id,
      metrics: { answer: 42 },
      attempts: [{ attempt: 1, worker: 'sim' }],
    })
    const out = await until('a member runs', () => held.find((each) => each.run.startsWith(id)))
    const running = (await setting.call('GET', `/v1/runs/${out.run}`)).body
    expect(running).toMatchObject({ state: 'running', ensemble: id, attempts: [{ attempt: 1 }] })
    const later = await of(4999)
    expect(later).toMatchObject({ state: 'pending', index: 4999, attempts: [], varied: ['k'] })
    const preview = await setting.call('POST', '/v1/ensembles/preview', lhs(5000))
    const { first }: EnsemblePreview = JSON.parse(preview.text)
    expect(await of(0)).toMatchObject({ params: { ...first[0]?.params, n: 3, fail: false } })
    for (const index of ['5000', '99999999', '04', 'x'])
      expect([400, 404]).toContain((await setting.call('GET', `/v1/runs/${id}-${index}`)).status)

    // the same member when it has run is what it was to be
    const next = held.find((each) => each.run.startsWith(id))!
    const before = (await setting.call('GET', `/v1/runs/${next.run}`)).body
    finish(setting.worker, held.length)
    const after = await until('it has ended', async () => {
      const { body } = await setting.call('GET', `/v1/runs/${next.run}`)
      return body.state === 'succeeded' && body
    })
    expect(after).toMatchObject({ params: before.params, image: before.image, createdAt: before.createdAt })
    await setting.call('POST', `/v1/ensembles/${id}/cancel`)
    await setting.ended(id)
  })

  test('gives results of what has ended by now, again and again', async () => {
    const id = await setting.submit(lhs(30))
    const results = () => setting.call('GET', `/v1/ensembles/${id}/results/results.csv`)
    expect((await results()).status).toBe(409)
    for (const count of [3, 7]) {
      await run(id, count)
      const ended = (await setting.shown(id)).members.succeeded
      expect((await setting.rows(id)).length).toBeGreaterThanOrEqual(ended)
      expect((await setting.shown(id)).results).toBe('partial')
    }
    await run(id, 30)
    await setting.ended(id)
    expect((await setting.rows(id)).length).toBe(30)
  })
})
