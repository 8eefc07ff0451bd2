import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { request, serve, type Served } from './setup.ts'

const Data = z.looseObject({ kind: z.string() })
type Seen = { id: string; event: string; data: z.infer<typeof Data> }

/** Follows a stream; `next` gives its next event. */
async function follow(http: Served, query = '', headers: Record<string, string> = {}) {
  const stop = new AbortController()
  const answer = await http.ask(`/v1/events${query}`, { headers, signal: stop.signal })
  const chunks = answer.body!.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]()
  let text = ''
  /** What comes before the mark; what follows it is left for the next call. */
  const until = async (mark: string): Promise<string> => {
    for (let end = text.indexOf(mark); ; end = text.indexOf(mark)) {
      if (end >= 0) {
        const before = text.slice(0, end)
        text = text.slice(end + mark.length)
        return before
      }
      const chunk = await chunks.next()
      if (chunk.done === true) throw new Error(`ended without ${mark}`)
      text += chunk.value
    }
  }
  const next = async (): Promise<Seen> => {
    for (;;) {
      const lines = (await until('\n\n')).split('\n')
      const field = (name: string) =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
      const data = field('data')
      if (data !== undefined)
        return { id: field('id')!, event: field('event')!, data: Data.parse(JSON.parse(data)) }
    }
  }
  return { answer, next, until, stop: () => stop.abort(), ended: () => chunks.next() }
}

describe('following events', () => {
  test('gives what happens from the moment the head is there, each with its id', async () => {
    await using http = await serve()
    const run = http.api.add()
    const stream = await follow(http)
    expect(stream.answer.headers.get('content-type')).toBe('text/event-stream')
    expect(stream.answer.headers.get('cache-control')).toBe('no-store')
    http.api.tell({ kind: 'progress', run: run.id, attempt: 1, progress: 0.5 })
    http.api.move(run.id, 'succeeded')
    expect(await stream.next()).toMatchObject({ id: '1', event: 'progress', data: { progress: 0.5 } })
    expect(await stream.next()).toMatchObject({
      id: '2',
      event: 'state',
      data: { event: { subject: run.id } },
    })
    stream.stop()
  })

  test('of one run, with its log from a byte on', async () => {
    await using http = await serve()
    const [run, other] = [http.api.add(), http.api.add()]
    const stream = await follow(http, `?run=${run.id}&logs=7`)
    http.api.move(other.id, 'succeeded')
    http.api.tell({ kind: 'log', run: run.id, attempt: 1, from: 7, text: 'a\nb\u{2028}\n' })
    expect(await stream.next()).toMatchObject({ event: 'log', data: { from: 7, text: 'a\nb\u{2028}\n' } })
    expect(http.api.feeds).toEqual([{ run: run.id, logsFrom: 7 }])
    stream.stop()
  })

  test('resumes behind the last event seen', async () => {
    await using http = await serve()
    const run = http.api.add()
    const first = await follow(http)
    http.api.move(run.id, 'queued')
    const { id } = await first.next()
    first.stop()
    await expect.poll(() => http.api.open()).toBe(0)
    http.api.move(run.id, 'running')
    http.api.move(run.id, 'failed')
    const second = await follow(http, '', { 'last-event-id': id })
    expect([await second.next(), await second.next()].map((seen) => seen.id)).toEqual(['2', '3'])
    second.stop()
  })

  test.each(['a b', 'x'.repeat(200)])('refuses a last id that was never ours: %s', async (id) => {
    await using http = await serve()
    expect((await http.ask('/v1/events', { headers: { 'last-event-id': id } })).status).toBe(400)
  })

  test('keeps a quiet connection alive by comments', async () => {
    await using http = await serve({ times: { beat: 20, stall: 5000 } })
    const stream = await follow(http)
    await stream.until(': beat\n\n')
    await stream.until(': beat\n\n')
    stream.stop()
  })

  test('a client that goes leaves no feed behind', async () => {
    await using http = await serve()
    const streams = await Promise.all([follow(http), follow(http)])
    expect(http.api.open()).toBe(2)
    for (const stream of streams) stream.stop()
    await expect.poll(() => http.api.open()).toBe(0)
  })

  test('a client that does not read is cut off, and holds up nobody', async () => {
    await using http = await serve({ times: { beat: 50, stall: 500 } })
    const run = http.api.add()
    const slow = connect(Number(new URL(http.url).port), '127.0.0.1', () => slow.write(request('/v1/events')))
    slow.on('error', () => {}).pause()
    await expect.poll(() => http.api.open()).toBe(1)
    const quick = await follow(http)
    const text = 'x'.repeat(60_000)
    for (let i = 0; i < 400; i += 1)
      http.api.tell({ kind: 'progress', run: run.id, attempt: i, progress: 0, text })
    for (let i = 0; i < 400; i += 1) expect((await quick.next()).data['attempt']).toBe(i)
    await expect.poll(() => http.api.open(), { timeout: 10_000 }).toBe(1)
    slow.destroy()
    quick.stop()
  })

  test('the stream ends when the server stops, and stopping does not wait for clients', async () => {
    await using http = await serve()
    const stream = await follow(http)
    await stream.until('retry: 1000\n\n')
    await http.stop()
    expect((await stream.ended()).done).toBe(true)
    await http.stop()
    await expect(http.ask('/v1/runs')).rejects.toThrow()
  })

  test('trouble of the feed ends the stream, so that the client asks again', async () => {
    await using http = await serve()
    const feed = http.api.feed
    http.api.feed = async function* (query, signal) {
      for await (const one of feed(query, signal)) {
        yield one
        throw new Error('the feed broke')
      }
    }
    const stream = await follow(http)
    http.api.move(http.api.add().id, 'queued')
    await stream.next()
    expect((await stream.ended()).done).toBe(true)
  })
})
