/** Container starts as the engine itself tells them: what no record of ours can embellish. */
import { labels } from '@carya/contracts'
import { EventEmitter, once } from 'node:events'
import { engine } from './engine.ts'

export type StartEvents = AsyncDisposable & {
  /** how often containers of this run were started */
  starts(run: string): number
  all(): number
  /** when the run's container was started, milliseconds since 1970 by the engine's clock; waits for its event */
  startOf(run: string): Promise<number>
}

type Start = { run: string; at: number }

/**
 * Subscribes before the first submission: the engine replays few events, and none after a restart. Where several
 * engines stand for several hosts, each is watched.
 */
export async function watchStarts(installation: string, docker = engine()): Promise<StartEvents> {
  const label = [`${labels.installation}=${installation}`]
  const filters = JSON.stringify({ type: ['container'], event: ['start'], label })
  const stream = await docker.getEvents({ filters })
  const starts: Start[] = []
  const news = new EventEmitter()
  let rest = ''
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line.trim() === '') continue
      const event: { timeNano: number; Actor: { Attributes: Record<string, string> } } = JSON.parse(line)
      starts.push({ run: event.Actor.Attributes[labels.run] ?? '', at: event.timeNano / 1e6 })
    }
    news.emit('news')
  })
  return {
    starts: (run) => starts.filter((each) => each.run === run).length,
    all: () => starts.length,
    async startOf(run) {
      for (;;) {
        const start = starts.find((each) => each.run === run)
        if (start) return start.at
        await once(news, 'news')
      }
    },
    async [Symbol.asyncDispose]() {
      if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy()
    },
  }
}
