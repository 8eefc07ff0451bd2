/** When the engine says that containers were started: its own events, its own clock (the host's). */
import { labels } from '@carya/contracts'
import type Docker from 'dockerode'
import { EventEmitter, once } from 'node:events'

export type StartTimes = AsyncDisposable & {
  /** milliseconds since 1970 of the start of this run's container; waits for its event */
  of(run: string): Promise<number>
}

export async function startTimes(docker: Docker, installation: string): Promise<StartTimes> {
  const label = [`${labels.installation}=${installation}`]
  const stream = await docker.getEvents({ filters: JSON.stringify({ event: ['start'], label }) })
  const times = new Map<string, number>()
  const news = new EventEmitter()
  let rest = ''
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line.trim() === '') continue
      const event: { timeNano: number; Actor: { Attributes: Record<string, string> } } = JSON.parse(line)
      times.set(event.Actor.Attributes[labels.run] ?? '', event.timeNano / 1e6)
    }
    news.emit('news')
  })
  return {
    async of(run) {
      for (;;) {
        const time = times.get(run)
        if (time !== undefined) return time
        await once(news, 'news')
      }
    },
    async [Symbol.asyncDispose]() {
      if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy()
    },
  }
}
