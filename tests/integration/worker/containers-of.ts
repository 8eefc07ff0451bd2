/** What the engine itself knows of a run's containers: starts are counted from its events, not from our records. */
import { labels } from '@carya/contracts'
import { engine } from '../../support/engine.ts'

const ofRun = (run: string) => [`${labels.run}=${run}`]

/** Ids of a run's containers, in any state. */
export async function containersOf(run: string, docker = engine()): Promise<string[]> {
  const found = await docker.listContainers({ all: true, filters: { label: ofRun(run) } })
  return found.map(({ Id }) => Id)
}

/** How often a container of a run was started, since the engine remembers. */
export async function startsOf(run: string, docker = engine()): Promise<number> {
  const filters = JSON.stringify({ type: ['container'], event: ['start'], label: ofRun(run) })
  const until = Date.now() / 1000
  const stream = await docker.getEvents({ filters, since: until - 300, until })
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text.split('\n').filter((line) => line !== '').length
}
