/** The state of a stack, from the state folder and the engine. */
import type { ServiceView } from '@carya/contracts'
import { requireEngine } from './engine.ts'
import { findHome } from './home.ts'
import { projectName, readInstallation } from './installation.ts'
import { addressForHosts } from './listen.ts'
import { type Part, partNames, readParts } from './parts.ts'
import { defaultPorts } from './ports.ts'
import { readService } from './service-state.ts'
import { storePath } from './store-folder.ts'

export type Status = {
  /** Absent where `up` has never run in this state folder. */
  installation?: string
  home: string
  /** `up`: every part is healthy; `down`: none is there; else `partial`. */
  state: 'up' | 'partial' | 'down'
  parts: Part[]
  /** Present while the stack is there at all; without credentials, which `carya env` prints. */
  endpoints?: { api: string; amqp: string; store: string; hosts?: string }
  /** What the service says of itself; absent where it does not answer. */
  service?: ServiceView
}

/** Ends the command where the engine is not reached. */
export async function readStatus(env: NodeJS.ProcessEnv): Promise<Status> {
  const home = findHome(env)
  const installation = await readInstallation(home)
  if (!installation) {
    return { home: home.path, state: 'down', parts: partNames.map((name) => ({ name, state: 'absent' })) }
  }
  const { docker } = await requireEngine(env)
  const parts = await readParts(docker, projectName(installation))
  const state = parts.every((part) => part.state === 'healthy')
    ? 'up'
    : parts.every((part) => part.state === 'absent')
      ? 'down'
      : 'partial'
  const address = addressForHosts(installation.listen)
  const service = state === 'down' ? undefined : await readService(home, installation)
  const { amqp, http } = installation.ports ?? defaultPorts
  return {
    installation: installation.id,
    home: home.path,
    state,
    parts,
    ...(state !== 'down' && {
      endpoints: {
        api: `http://127.0.0.1:${http}`,
        amqp: `amqp://127.0.0.1:${amqp}/%2F`,
        store: storePath(home, installation),
        ...(address !== undefined && { hosts: `amqp://${address}:${amqp}/%2F` }),
      },
    }),
    ...(service && { service }),
  }
}
