/** What the engine itself knows of a run's containers. */
import { labels } from '@carya/contracts'
import { engine } from '../../support/engine.ts'

const ofRun = (run: string) => [`${labels.run}=${run}`]

/** Ids of a run's containers, in any state. */
export async function containersOf(run: string, docker = engine()): Promise<string[]> {
  const found = await docker.listContainers({ all: true, filters: { label: ofRun(run) } })
  return found.map(({ Id }) => Id)
}

/** Whether a run has one container, which was made and never started. */
export async function isOnlyMade(run: string): Promise<boolean> {
  const [container, ...others] = await containersOf(run)
  if (container === undefined || others.length > 0) return false
  // one that is only just being made is listed a moment before it can be looked at
  const found = await engine()
    .getContainer(container)
    .inspect()
    .catch((err: { statusCode?: number }) => {
      if (err.statusCode !== 404) throw err
      return undefined
    })
  return found?.State.Status === 'created'
}
