import type { FeedItem } from '@carya/contracts'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import type { Client } from './client.ts'
import { watch, type Subject } from './watch.ts'

type Now = { kind: 'now'; look: number; ended: boolean }

const item: FeedItem = { kind: 'resolved', request: 'an end' }
const event = `id: 7\ndata: ${JSON.stringify(item)}\n\n`
const away = new CommandFailure(exitCodes.unreachable, { title: 'The service is not reached' })
const pause = { first: 1, most: 1 }

/** A service whose connections go so, one after the other: what it sends, after which it is silent; or no connection. */
function service(connections: (string | Error)[], asked: unknown[] = []): Client {
  const none = async () => {
    throw new Error('not asked here')
  }
  return {
    context: { api: new URL('http://127.0.0.1'), token: '', source: 'a test' },
    json: none,
    find: none,
    async stream(_path, { headers } = {}) {
      asked.push(headers)
      const next = connections.shift()
      if (next === undefined) throw new Error('no more connections')
      if (next instanceof Error) throw next
      const answer = new IncomingMessage(new Socket())
      if (next !== '') answer.push(next)
      return answer
    },
  }
}

/** Ends at the look of this number. */
function subject(endsAt: number, more: Partial<Subject<Now>> = {}): Subject<Now> {
  let look = 0
  return {
    query: () => ({}),
    read: async () => {
      look += 1
      return { kind: 'now', look, ended: look >= endsAt }
    },
    tellsEnd: () => true,
    ...more,
  }
}

async function seen(client: Client, of: Subject<Now>): Promise<string[]> {
  const kinds: string[] = []
  const { signal } = new AbortController()
  for await (const one of watch(client, of, { signal, pause }))
    kinds.push(one.kind === 'now' ? `look ${one.look}` : one.kind)
  return kinds
}

test('what had ended before the connection stood is told at once', async () => {
  expect(await seen(service(['']), subject(1))).toEqual(['look 1'])
})

test('an item that tells the end has it read; one that was too early does not end the watch', async () => {
  expect(await seen(service([event + event]), subject(3))).toEqual([
    'look 1',
    'item',
    'look 2',
    'item',
    'look 3',
  ])
})

test('a lost connection is made again, from the last event on', async () => {
  const asked: unknown[] = []
  expect(await seen(service([away, event, ''], asked), subject(2))).toEqual([
    'lost',
    'look 1',
    'item',
    'look 2',
  ])
  expect(asked).toEqual([{}, {}])
  const cut = Object.assign(new Error('cut'), { code: 'ECONNRESET' })
  const again: unknown[] = []
  const of = subject(3, { tellsEnd: () => false })
  const client = service([event, ''], again)
  const stream = client.stream
  client.stream = async (...words) => {
    const answer = await stream(...words)
    if (again.length === 1) setImmediate(() => answer?.destroy(cut))
    return answer
  }
  expect(await seen(client, { ...of, lookMs: 5 })).toEqual(['look 1', 'item', 'lost', 'look 2', 'look 3'])
  expect(again).toEqual([{}, { 'last-event-id': '7' }])
})

test('where nothing is heard for long it is read again, should the item of its end have been lost', async () => {
  expect(await seen(service(['']), subject(3, { lookMs: 1 }))).toEqual(['look 1', 'look 2', 'look 3'])
})

test('what the service refuses, and what ends the wait, ends the watch', async () => {
  const refused = new CommandFailure(exitCodes.usage, { title: 'There is no such run' })
  await expect(seen(service([refused]), subject(1))).rejects.toBe(refused)
  const stop = new AbortController()
  const failure = new CommandFailure(exitCodes.timeout, { title: 'The time to wait is over' })
  stop.abort(failure)
  const watching = watch(service([away]), subject(1), { signal: stop.signal, pause })
  await expect(watching.next()).rejects.toBe(failure)
})
