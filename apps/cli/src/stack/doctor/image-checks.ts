/** Images: on the engine already, or a way to get them. */
import { BASE_IMAGE, canBootstrap } from '../base-image.ts'
import { inspectImage } from '../build-image.ts'
import type { Docker } from '../engine.ts'
import { servers } from '../images.ts'
import type { Installation } from '../installation.ts'
import { probeRegistry, registryName } from '../registry.ts'
import { type Check, missing, ok } from './check.ts'

export async function checkImages(
  docker: Docker,
  installation: Installation | undefined,
  env: NodeJS.ProcessEnv,
): Promise<Check[]> {
  const base = registryName(BASE_IMAGE, env)
  const wanted = [
    env['CARYA_IMAGE_RABBITMQ'] ?? installation?.images?.rabbitmq ?? servers.rabbitmq.local,
    env['CARYA_IMAGE_REDIS'] ?? installation?.images?.redis ?? servers.redis.local,
  ]
  const absent = []
  for (const name of wanted) if (!(await inspectImage(docker, name))) absent.push(name)
  const hasBase = (await inspectImage(docker, base)) ?? (await inspectImage(docker, BASE_IMAGE))
  if (absent.length === 0 && hasBase) return [ok('images', `${wanted.join(', ')} and ${BASE_IMAGE} are here`)]

  const registry = await probeRegistry(docker, base)
  if (registry === true) return [ok('images', `a registry is in reach (${base})`)]
  const bootstrap = hasBase ? true : await canBootstrap()
  if (bootstrap === true) return [ok('images', 'no registry in reach; they are built from Debian packages')]
  return [
    missing(
      'images',
      `no registry in reach (${registry}), and ${BASE_IMAGE} cannot be made: ${bootstrap}`,
      `Provide a registry (CARYA_REGISTRY names a mirror), or root and debootstrap, or ${BASE_IMAGE} by docker load.`,
    ),
  ]
}
