/** All checks, in the order in which one needs the other. Nothing is changed. */
import { findCompose } from '../compose.ts'
import { askEngine, connectEngine, findSocket } from '../engine.ts'
import { findHome } from '../home.ts'
import { readInstallation } from '../installation.ts'
import { packagesFor, whyNotInstallable } from '../install-packages.ts'
import { type Check, missing, ok } from './check.ts'
import { checkEngine } from './engine-checks.ts'
import { checkHost } from './host-checks.ts'
import { checkImages } from './image-checks.ts'
import { checkState } from './state-checks.ts'

/** What every check says. */
export async function examine(env: NodeJS.ProcessEnv): Promise<Check[]> {
  const home = findHome(env)
  const installation = await readInstallation(home)
  const socket = findSocket(env)
  const docker = connectEngine(socket)
  const info = await askEngine(docker)
  const checks: Check[] = [ok('Node.js', process.version), await checkCompose()]
  if ('unreachable' in info) {
    checks.push(missing('engine', `not reached at ${socket}: ${info.unreachable}`, await howToGetEngine()))
  } else {
    checks.push(...checkEngine(info, socket), ...(await checkImages(docker, installation, env)))
  }
  const engine = 'unreachable' in info ? undefined : { docker, info }
  checks.push(
    ...(await checkHost(home, installation, engine, env)),
    ...(await checkState(home, installation, env)),
  )
  return checks
}

async function checkCompose(): Promise<Check> {
  const compose = await findCompose()
  if (compose) return ok('compose', `${compose.command.join(' ')} ${compose.version}`)
  return missing('compose', 'neither docker compose nor docker-compose is installed', await howToGetEngine())
}

async function howToGetEngine(): Promise<string> {
  const why = await whyNotInstallable(true)
  if (why) return why.join(' ')
  const packages = await packagesFor(['dockerd', 'compose', 'debootstrap'])
  return packages.length > 0
    ? `carya up installs it: apt-get install ${packages.join(' ')}`
    : 'carya up starts it'
}
