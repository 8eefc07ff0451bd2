/**
 * Brings the stack up, from whatever state it is in. The order matters: nothing is started before its images, files
 * and ports are there and its data are known to be readable; ports are chosen last, right before compose takes them.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { notice } from '../terminal/streams.ts'
import { runCompose } from './compose.ts'
import { checkDataVersions } from './data-versions.ts'
import { type ClientSettings, clientSettings } from './client-settings.ts'
import { forgetRemoved } from './added-workers.ts'
import { keepGiven } from './given.ts'
import { ensureRequirements } from './requirements.ts'
import { root, openHome } from './home.ts'
import { ensureBaseImage, ensureServerImages } from './images.ts'
import { projectName, readInstallation, saveInstallation } from './installation.ts'
import { listenAddress, requireAddress } from './listen.ts'
import { takeLock } from './lock.ts'
import { givenPolicy } from './policy.ts'
import { prepareStack } from './prepare.ts'
import { takePorts } from './take-ports.ts'
import { ensureServicesImage } from './services-image.ts'
import { startParts } from './start-parts.ts'

export type UpOptions = {
  /** Whether a missing engine may be installed. */
  install: boolean
  /** Whether to start the parts, or only to prepare everything. */
  start: boolean
  /** Where the broker is to listen from now on; as before where it is not given. */
  listen?: string | undefined
  /** A file with what models may ask on this host, or `none`; as before where it is not given. */
  policy?: string | undefined
  /** Whether another store may be taken although there are data in the one before. */
  changeStore?: boolean | undefined
}

/** The stack is healthy when this returns (or prepared, without `start`); gives what a client needs. */
export async function bringUp(options: UpOptions, env: NodeJS.ProcessEnv): Promise<ClientSettings> {
  const listen = options.listen === undefined ? undefined : { on: listenAddress(options.listen) }
  const policy = options.policy === undefined ? undefined : await givenPolicy(options.policy)
  const home = await openHome(env)
  await using stack = new AsyncDisposableStack()
  stack.use(
    await takeLock(home.lock, (pid) => {
      notice(`another carya command (process ${pid}) is at work on ${home.path}; waiting for it`)
    }),
  )
  const kept = await readInstallation(home)
  if (!listen) requireAddress(kept?.listen)
  const { docker, info, socket, compose } = await ensureRequirements(home, options, env)

  const given = { listen, policy, changeStore: options.changeStore === true }
  const installation = await keepGiven(docker, home, kept, given, env)
  const servers = await ensureServerImages(docker, installation, env)
  const services = env['CARYA_IMAGE_SERVICES'] ?? (await servicesImage())
  const data = await checkDataVersions(docker, installation, servers)

  const project = projectName(installation)
  for (let attempt = 1; ; attempt += 1) {
    const ports = await takePorts(docker, project, installation)
    await saveInstallation(home, Object.assign(installation, { images: servers, ports }))
    const images = { ...servers, services }
    const variables = await prepareStack(home, installation, ports, images, { socket, info }, env)
    if (!options.start) break
    // from here on the volumes may have been written by these versions
    await saveInstallation(home, Object.assign(installation, { data }))
    const ended = await startParts(docker, project, (onLine) =>
      runCompose(compose, project, socket, variables, ['up', '-d', '--remove-orphans'], { onLine }),
    )
    if (ended.kind === 'healthy') break
    // someone took a port between our look and compose's
    if (ended.kind === 'port taken' && attempt < 3) continue
    throw new CommandFailure(exitCodes.failed, {
      title: 'The stack did not come up.',
      detail: ended.detail,
      help: ['carya status shows each part; carya doctor checks what they need.'],
    })
  }
  if (options.start) await forgetRemoved(home, installation, env)
  return clientSettings(home, installation)

  async function servicesImage(): Promise<string> {
    const base = await ensureBaseImage(docker, env)
    const { version }: { version: string } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
    return ensureServicesImage(docker, home, base, version)
  }
}
