/** The engine and all that listens to it, as the worker's port. */
import type { Containers, EngineFacts } from '../ports.ts'
import { openContainers, ownFilter } from './containers.ts'
import { openCredentials } from './credentials.ts'
import { enforcesSelinux, readEngine } from './engine-facts.ts'
import { openEngine } from './engine.ts'
import { Watch } from './watch.ts'

export type DockerOptions = {
  socketPath: string
  installation: string
  worker: string
  bootId: string
  /** of the Docker config that logins at registries are read from, a file or its folder */
  dockerConfig: string | undefined
  /** called where only another process, given the socket anew, can reach the engine (stale-socket.ts) */
  onStale: () => void
  log: { warn(fields: object, message: string): void }
}
export type OpenDocker = AsyncDisposable & { containers: Containers; facts: EngineFacts }

/** Waits until the engine can be reached, or `stop`. Disposing ends all waiting, and leaves containers as they are. */
export async function openDocker(options: DockerOptions, stop: AbortSignal): Promise<OpenDocker> {
  const { socketPath, installation, worker, bootId, dockerConfig, onStale, log } = options
  const ending = new AbortController()
  const giveUp = () => ending.abort(stop.reason)
  stop.addEventListener('abort', giveUp, { once: true })
  const engine = openEngine(socketPath, log, ending.signal, onStale)
  const facts = await readEngine(engine)
  const isRelabelling = await enforcesSelinux(engine)
  stop.removeEventListener('abort', giveUp)
  const watch = new Watch({ engine, labels: ownFilter(installation, worker), bootId, log })
  const credentials = openCredentials(dockerConfig)
  return {
    facts,
    containers: openContainers({ engine, watch, credentials, installation, worker, isRelabelling }),
    async [Symbol.asyncDispose]() {
      ending.abort(new Error('the worker leaves'))
      await watch[Symbol.asyncDispose]()
    },
  }
}
