/** Container starts as the engine itself tells them: the count that no record of ours can embellish. */
import { labels } from '@carya/contracts'
import { engine } from './engine.ts'

export type StartEvents = AsyncDisposable & {
  /** how often containers of this run were started */
  starts(run: string): number
  all(): number
}

/** Subscribes before the first submission: the engine replays few events, and none after a restart. */
export async function watchStarts(installation: string): Promise<StartEvents> {
  const label = [`${labels.installation}=${installation}`]
  const filters = JSON.stringify({ type: ['container'], event: ['start'], label })
  const stream = await engine().getEvents({ filters })
  const runs: string[] = []
  let rest = ''
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line.trim() === '') continue
      const event: { Actor: { Attributes: Record<string, string> } } = JSON.parse(line)
      runs.push(event.Actor.Attributes[labels.run] ?? '')
    }
  })
  return {
    starts: (run) => runs.filter((each) => each === run).length,
    all: () => runs.length,
    async [Symbol.asyncDispose]() {
      if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy()
    },
  }
}
