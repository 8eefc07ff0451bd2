import { operations } from '@carya/contracts/operations'
import type { FastifyInstance } from 'fastify'
import type { Api, FeedQuery } from '../../api.ts'
import { mount } from '../mount.ts'
import { refuse } from '../refusal.ts'
import { streamItems, type SseTimes } from '../sse.ts'

/** Streams open at one time; each costs a little memory and a place in the feed. */
const MOST_STREAMS = 512

/** The live stream, until the client goes or `stop` is aborted. */
export function mountEvents(
  app: FastifyInstance,
  api: Api,
  { stop, times }: { stop: AbortSignal; times: SseTimes },
): void {
  let streams = 0
  mount(app, operations.followEvents, async ({ query, request, reply }) => {
    if (streams >= MOST_STREAMS)
      throw refuse(503, 'too-many-streams', 'Too many clients follow events now', undefined, {
        'retry-after': '10',
      })
    const { logs, ...rest } = query
    const asked: FeedQuery = {
      ...rest,
      ...(logs === undefined ? {} : { logsFrom: logs }),
      ...after(request.headers['last-event-id']),
    }
    streams += 1
    try {
      await streamItems(reply, (signal) => items(api, asked, signal), { stop, times })
    } finally {
      streams -= 1
    }
    return reply
  })
}

async function* items(api: Api, asked: FeedQuery, signal: AbortSignal) {
  for await (const { id, item } of api.feed(asked, signal)) yield { id, event: item.kind, data: item }
}

function after(header: string | string[] | undefined): { after?: string } {
  if (header === undefined || header === '') return {}
  if (typeof header === 'string' && /^[\x21-\x7e]{1,128}$/.test(header)) return { after: header }
  throw refuse(400, 'bad-request', 'The request is not right', 'Last-Event-ID is no id of this stream')
}
