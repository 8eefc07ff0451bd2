/**
 * Which images a stack runs, in this order: what the user names, what this installation used before, the official
 * image from a registry, one built here from Debian's packages. Once chosen an image stays, so that the next `up` is
 * quick and does not change the version under the data by itself.
 */
import { join } from 'node:path'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { startStep } from '../terminal/progress.ts'
import { bootstrapBase, canBootstrap, TRIXIE, type Release } from './base-image.ts'
import { buildImage, imageSource, inspectImage, splitTag } from './build-image.ts'
import type { Docker } from './engine.ts'
import { root } from './home.ts'
import type { Installation } from './installation.ts'
import { probeRegistry, pullImage, registryName } from './registry.ts'
import { hashSources, sourceFiles } from './source-hash.ts'
import { wordsOf } from './error-code.ts'

/** A server's image: its official name, and the name and folder of the one built here. */
type Server = { official: string; local: string; folder: string; variable: string }

export const servers = {
  rabbitmq: {
    official: 'rabbitmq:4',
    local: 'carya/rabbitmq:4.0',
    folder: 'docker/rabbitmq',
    variable: 'CARYA_IMAGE_RABBITMQ',
  },
  redis: {
    official: 'redis:8',
    local: 'carya/redis:8.0',
    folder: 'docker/redis',
    variable: 'CARYA_IMAGE_REDIS',
  },
} as const satisfies Record<string, Server>

/** Whether a registry answered, asked once a command. */
export type Reach = { registry?: true | string }

/** The images of RabbitMQ and Redis, on the engine when this returns. */
export async function ensureServerImages(
  docker: Docker,
  installation: Pick<Installation, 'images'>,
  env: NodeJS.ProcessEnv,
): Promise<{ rabbitmq: string; redis: string }> {
  const reach: Reach = {}
  return {
    rabbitmq: await ensureServerImage(docker, servers.rabbitmq, installation.images?.rabbitmq, env, reach),
    redis: await ensureServerImage(docker, servers.redis, installation.images?.redis, env, reach),
  }
}

async function ensureServerImage(
  docker: Docker,
  server: Server,
  used: string | undefined,
  env: NodeJS.ProcessEnv,
  reach: Reach,
): Promise<string> {
  const named = env[server.variable]
  if (named) return (await inspectImage(docker, named)) ? named : pull(docker, named)
  const official = registryName(server.official, env)
  if (used === server.local) return buildServer(docker, server, env, reach)
  for (const name of [used, official]) if (name && (await inspectImage(docker, name))) return name
  // built here before because there was no registry: not asked again, unless the user names one
  const askRegistry = env['CARYA_REGISTRY'] || !(await inspectImage(docker, server.local))
  if (askRegistry && (await registryAnswers(docker, official, reach))) return pull(docker, official)
  return buildServer(docker, server, env, reach)
}

/** Builds a server's image unless the one that is there was made from the same Dockerfile and base. */
async function buildServer(
  docker: Docker,
  server: Server,
  env: NodeJS.ProcessEnv,
  reach: Reach,
): Promise<string> {
  const base = await ensureBaseImage(docker, env, reach)
  const context = join(root, server.folder)
  const files = await sourceFiles(context, ['Dockerfile'], () => false)
  const source = await hashSources(context, files)
  if ((await imageSource(docker, server.local)) === source) return server.local
  const step = startStep(`building ${server.local} from Debian's packages`)
  try {
    await buildImage(docker, { context, tags: [server.local], source, args: { BASE: base } }, step.update)
  } catch (error) {
    step.fail()
    throw error
  }
  step.done(`built ${server.local} from Debian's packages`)
  return server.local
}

/** The base of images built here, on the engine when this returns. */
export async function ensureBaseImage(
  docker: Docker,
  env: NodeJS.ProcessEnv,
  reach: Reach = {},
  release: Release = TRIXIE,
): Promise<string> {
  const base = release.name
  const official = registryName(base, env)
  for (const name of [official, base]) if (await inspectImage(docker, name)) return name
  if (await registryAnswers(docker, official, reach)) return pull(docker, official)
  const can = await canBootstrap()
  if (can !== true) throw noWayToImages(base, reach.registry === true ? '' : (reach.registry ?? ''), can)
  const step = startStep(`making ${base} with debootstrap (no registry in reach)`)
  try {
    await bootstrapBase(docker, step.update, release)
  } catch (error) {
    step.fail()
    throw error
  }
  step.done(`made ${base} with debootstrap`)
  return base
}

/** A slim image of Debian under its own name, as the Dockerfiles of models name it, on the engine when this returns. */
export async function ensureBase(
  docker: Docker,
  env: NodeJS.ProcessEnv,
  reach: Reach,
  release: Release,
): Promise<void> {
  if (await inspectImage(docker, release.name)) return
  const name = await ensureBaseImage(docker, env, reach, release)
  const [repo, tag] = splitTag(release.name)
  if (name !== release.name) await docker.getImage(name).tag({ repo, tag })
}

async function registryAnswers(docker: Docker, name: string, reach: Reach): Promise<boolean> {
  if (reach.registry === undefined) {
    const step = startStep(`asking the container registry for ${name}`)
    reach.registry = await probeRegistry(docker, name)
    if (reach.registry === true) step.done(`a container registry is in reach (${name})`)
    else step.done(`no container registry in reach (${reach.registry}); building images here`)
  }
  return reach.registry === true
}

async function pull(docker: Docker, name: string): Promise<string> {
  const step = startStep(`pulling ${name}`)
  try {
    await pullImage(docker, name, step.update)
  } catch (error) {
    step.fail()
    throw new CommandFailure(
      exitCodes.failed,
      { title: `${name} could not be pulled.`, detail: wordsOf(error) },
      error,
    )
  }
  step.done(`pulled ${name}`)
  return name
}

function noWayToImages(base: string, registry: string, bootstrap: string): CommandFailure {
  return new CommandFailure(exitCodes.failed, {
    title: `There is no way to get the base image ${base}.`,
    detail: `No registry: ${registry}. debootstrap: ${bootstrap}.`,
    help: [
      'Provide one of these three:',
      '  a container registry (CARYA_REGISTRY names a mirror of the official images), or',
      '  root and debootstrap on this machine (apt-get install debootstrap), or',
      `  the image ${base}, brought over with docker save and docker load.`,
    ],
  })
}
