/** Container starts as the engine itself tells them: what no record of ours can embellish. */
import { labels } from '@carya/contracts'
import type Docker from 'dockerode'
import { EventEmitter, once } from 'node:events'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { engine } from './engine.ts'
import { until } from './until.ts'

export type StartEvents = AsyncDisposable & {
  /** how often containers of this run were started, as far as the engine has told */
  starts(run: string): number
  /** the same of a run with so many containers that are removed: waits until they are, and nothing more can come */
  startsInAll(run: string, containers?: number): Promise<number>
  all(): number
  /** every start as far as the engine has told, in the order of time */
  told(): Start[]
  /** the same of creations: when a worker took what it was to start */
  created(): Start[]
  /** when the run's container was started, milliseconds since 1970 by the engine's clock; waits for its event */
  startOf(run: string): Promise<number>
}

/** `at`: milliseconds since 1970 by the engine's clock */
export type Start = { run: string; at: number }
type Event = {
  Action: string
  timeNano: number
  Actor: { ID: string; Attributes: Record<string, string> }
}

/**
 * Subscribes before the first submission: the engine replays few events, and none after a restart. It subscribes again
 * when the engine is back, in time for what it starts then. Where several engines stand for several hosts, each is
 * watched.
 */
export async function watchStarts(installation: string, docker = engine()): Promise<StartEvents> {
  const label = [`${labels.installation}=${installation}`]
  const filters = JSON.stringify({ type: ['container'], event: ['create', 'start', 'destroy'], label })
  const since = Math.floor(Date.now() / 1000)
  const starts = new Map<string, Start>()
  const creations = new Map<string, Start>()
  /** the run of each container that is no more */
  const removed = new Map<string, string>()
  const news = new EventEmitter()
  const hear = (line: string) => {
    const { Action, timeNano, Actor }: Event = JSON.parse(line)
    const id = Actor.ID
    const run = Actor.Attributes[labels.run] ?? ''
    if (Action === 'destroy') removed.set(id, run)
    else (Action === 'start' ? starts : creations).set(`${id} ${timeNano}`, { run, at: timeNano / 1e6 })
    news.emit('news')
  }
  const subscribe = async () => opened(await docker.getEvents({ filters, since }))
  const over = new AbortController()
  let stream = await subscribe()
  const listening = (async () => {
    while (!over.signal.aborted) {
      await eachLine(stream, hear).catch(() => {}) // the engine was stopped
      while (!over.signal.aborted) {
        await pause(20)
        const again = await subscribe().catch(() => undefined)
        if (!again) continue
        stream = again
        break
      }
    }
  })()
  const found = () => [...starts.values()]
  const startsOf = (run: string) => found().filter((each) => each.run === run).length
  return {
    starts: startsOf,
    async startsInAll(run, containers = 1) {
      const gone = () => [...removed.values()].filter((each) => each === run).length
      await until(`${containers} containers of ${run} are removed`, () => gone() >= containers)
      return startsOf(run)
    },
    all: () => starts.size,
    told: () => inOrder(starts),
    created: () => inOrder(creations),
    async startOf(run) {
      for (;;) {
        const start = found().find((each) => each.run === run)
        if (start) return start.at
        await once(news, 'news')
      }
    },
    async [Symbol.asyncDispose]() {
      over.abort()
      stream.destroy()
      await listening
    },
  }
}

function inOrder(events: ReadonlyMap<string, Start>): Start[] {
  return [...events.values()].toSorted((one, other) => one.at - other.at)
}

function opened(stream: Awaited<ReturnType<Docker['getEvents']>>): Readable {
  if (stream instanceof Readable) return stream
  throw new TypeError('the engine gave no stream of events')
}

async function eachLine(stream: Readable, use: (line: string) => void): Promise<void> {
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') use(line)
  }
}
