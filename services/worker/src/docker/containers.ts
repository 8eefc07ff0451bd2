/** The engine as the worker's port `Containers`. "Gone already", "so already" and "exists already" are success. */
import { labels, type Failure } from '@carya/contracts'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ContainerSpec } from '../domain/isolation.ts'
import type { Containers, Look } from '../ports.ts'
import type { Waiting } from '../shared-work.ts'
import { createOptions, impossibleVolume } from './create-options.ts'
import type { Credentials } from './credentials.ts'
import { answered, EngineError, type Engine } from './engine.ts'
import { readEngine } from './engine-facts.ts'
import { openImages, type Images } from './images.ts'
import { look, statusOf } from './look.ts'
import { readLog } from './read-log.ts'
import { readUsage } from './read-usage.ts'
import { startFailure } from './start-failure.ts'
import type { Watch } from './watch.ts'

export type ContainersOptions = {
  engine: Engine
  watch: Watch
  credentials: Credentials
  installation: string
  worker: string
  /** whether the host enforces SELinux, so that mounts must be relabelled */
  isRelabelling: boolean
}

/** What all containers of this worker have, and no others (H18), as the engine's filters want it. */
export function ownFilter(installation: string, worker: string): string[] {
  return [`${labels.installation}=${installation}`, `${labels.worker}=${worker}`]
}

export function openContainers(options: ContainersOptions): Containers {
  const { engine, watch, installation, worker } = options
  const images = openImages(engine, options.credentials)
  return {
    engine: () => readEngine(engine),
    create: (spec, waiting) => create(engine, images, spec, options.isRelabelling, waiting),
    start: (id) => start(engine, watch, id),
    signal: (id, signal) => sendSignal(engine, id, signal),
    look: (id) => look(engine, id),
    ended: (id) => watch.ended(id),
    dead: (id) => watch.dead(id),
    async mine() {
      const filters = { label: ownFilter(installation, worker) }
      const found = await engine.ask((docker) => docker.listContainers({ all: true, filters }))
      return found.map(({ Id, State, Labels }) => ({ id: Id, status: statusOf(State), labels: Labels }))
    },
    log: (id, wanted) => readLog(engine, id, wanted),
    usage: (id) => readUsage(engine, id),
    remove: (id) => remove(engine, id),
    resolve: (image, fresh, waiting) => images.resolve(image, fresh, waiting),
  }
}

async function create(
  engine: Engine,
  images: Images,
  spec: ContainerSpec,
  isRelabelling: boolean,
  waiting: Waiting,
): Promise<{ id: string } | Failure> {
  for (let isFirst = true; ; isFirst = false) {
    const volumes = await images.volumes(spec.image, waiting)
    if ('kind' in volumes) return volumes
    const wrong = impossibleVolume(volumes)
    if (wrong !== undefined)
      return {
        kind: 'model_error',
        detail: `the image declares a volume at ${wrong}, which none can be made with`,
      }
    try {
      const wanted = asBody(createOptions(spec, volumes, isRelabelling))
      return { id: (await engine.call((docker) => docker.createContainer({ ...wanted }))).id }
    } catch (error) {
      const found = answered(error, 409) ? await look(engine, spec.name) : undefined
      if (found) return isOurs(found, spec) ? { id: found.id } : doubled(found)
      if (!(error instanceof EngineError)) throw error
      images.forget(spec.image)
      if (error.status !== 404 || !isFirst) return createFailure(error)
    }
  }
}

/**
 * The client would write all settings into the address as well: there engines take less than a megabyte, and half a
 * character cannot stand.
 */
function asBody({ name, ...settings }: ReturnType<typeof createOptions>) {
  return { name, _query: { name }, _body: settings }
}

/** The name is the attempt's: one that another worker on this engine has made of the same job is none of our business. */
function isOurs(found: Look, spec: ContainerSpec): boolean {
  return found.labels[labels.worker] === spec.labels[labels.worker]
}

function doubled(found: Look): Failure {
  const detail = `worker ${found.labels[labels.worker]} has made a container of the same attempt on this engine`
  return { kind: 'engine_error', detail }
}

function createFailure({ message }: EngineError): Failure {
  if (message.includes('No command specified'))
    return { kind: 'model_error', detail: 'neither the image nor the manifest names a command' }
  // where ours are to stand the image has a file
  if (/(?:is |: )not a directory$/.test(message)) return { kind: 'model_error', detail: message }
  if (message.includes('bind source path does not exist'))
    return {
      kind: 'engine_error',
      detail: `the engine does not see the store where the worker sees it: ${message}`,
    }
  return { kind: 'engine_error', detail: message }
}

const START_PAUSE_MS = 1_000

/**
 * Only a container in state `created` is ever started: where the answer was lost the container itself says whether it
 * was. What the engine could not do is tried once more: it may be on its way down, and be back then.
 */
async function start(engine: Engine, watch: Watch, id: string): Promise<'started' | Failure> {
  await watch.expect(id)
  for (let isFirst = true; ; isFirst = false) {
    try {
      const answer: unknown = await engine.once((docker) => docker.getContainer(id).start())
      if (answer !== 'unknown') return 'started'
    } catch (error) {
      if (answered(error, 304)) return 'started'
      if (!(error instanceof EngineError)) throw error
      const failure = startFailure(error.message)
      if (!isFirst || failure.kind !== 'engine_error' || error.status < 500) {
        watch.forget(id)
        return failure
      }
      await sleep(START_PAUSE_MS, undefined, { signal: engine.signal })
    }
    const found = await look(engine, id)
    if (!found) {
      watch.forget(id)
      return {
        kind: 'engine_error',
        detail: 'the container was removed by somebody else before it was started',
      }
    }
    if (found.status !== 'created') return 'started'
  }
}

async function sendSignal(engine: Engine, id: string, signal: string): Promise<'sent' | 'not running'> {
  try {
    await engine.call((docker) => docker.getContainer(id).kill({ signal: `SIG${signal}` }))
    return 'sent'
  } catch (error) {
    if (answered(error, 404, 409)) return 'not running'
    throw error
  }
}

const REMOVE_TRIES = 4

async function remove(engine: Engine, id: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await engine.call((docker) => docker.getContainer(id).remove({ force: true, v: true }))
      return
    } catch (error) {
      if (answered(error, 404, 409)) return // gone, or being removed
      if (!answered(error, 500) || tries === REMOVE_TRIES) throw error
    }
    await sleep(tries * 250, undefined, { signal: engine.signal })
  }
}
