/** An engine that answers and a compose: found, or installed where that is possible and allowed. */
import { type Compose, findCompose } from './compose.ts'
import {
  askEngine,
  connectEngine,
  DEFAULT_SOCKET,
  type Docker,
  type EngineInfo,
  engineUnreachable,
  findSocket,
} from './engine.ts'
import type { Home } from './home.ts'
import { composeMissing, installPackages, packagesFor, whyNotInstallable } from './install-packages.ts'
import { startEngine } from './start-engine.ts'

export type Requirements = {
  docker: Docker
  info: EngineInfo
  socket: string
  compose: Compose
  /** Stops the engine if this call started it; for tests, which leave nothing behind. */
  engineStarted: boolean
}

/** What every command needs that starts something. A line on stderr says what is installed or started. */
export async function ensureRequirements(
  home: Home,
  options: { install: boolean },
  env: NodeJS.ProcessEnv,
): Promise<Requirements> {
  const socket = findSocket(env)
  const docker = connectEngine(socket)
  let engineStarted = false
  let info = await askEngine(docker)
  if ('unreachable' in info) {
    // an engine that the user names is the user's to start
    if (socket !== DEFAULT_SOCKET) throw engineUnreachable(socket, info.unreachable)
    const why = await whyNotInstallable(options.install)
    if (why) throw engineUnreachable(socket, info.unreachable, why)
    await installPackages(await packagesFor(['dockerd', 'compose', 'debootstrap']))
    await startEngine(home, docker)
    engineStarted = true
    info = await askEngine(docker)
    if ('unreachable' in info) throw engineUnreachable(socket, info.unreachable)
  }
  return { docker, info, socket, compose: await ensureCompose(options), engineStarted }
}

async function ensureCompose(options: { install: boolean }): Promise<Compose> {
  const found = await findCompose()
  if (found) return found
  const why = await whyNotInstallable(options.install)
  if (why) throw composeMissing(why)
  await installPackages(await packagesFor(['compose']))
  const installed = await findCompose()
  if (!installed) throw composeMissing(['It was installed, and does not run.'])
  return installed
}
