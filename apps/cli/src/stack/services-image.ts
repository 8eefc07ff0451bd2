/**
 * The image of dispatcher and worker. Its context is put together on the host (Node's binary from its npm package, the
 * workspace, production dependencies), so that the build needs neither network nor npm.
 */
import { createHash } from 'node:crypto'
import { copyFile, cp, glob, mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { startStep } from '../terminal/progress.ts'
import { buildImage, imageSource } from './build-image.ts'
import type { Docker } from './engine.ts'
import { engineStatus } from './error-code.ts'
import { type Home, root } from './home.ts'
import { lastLines, runProgram } from './run-program.ts'
import { hashSources, sourceFiles } from './source-hash.ts'

const REPOSITORY = 'carya/services'
const CHECKOUT_LABEL = 'carya.checkout'
const KEPT = 3
const checkout = createHash('sha256').update(root).digest('hex').slice(0, 16)
const SOURCES = ['libs', 'services', 'docker/services', 'patches']
const PACKAGES = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml']

const left = (name: string): boolean =>
  name === 'node_modules' || name.startsWith('.') || /\.test\.tsx?$/.test(name)

/**
 * The image for the sources as they are now, built if need be. Its tag carries their hash, so that two checkouts on
 * one engine do not take each other's; the tag of the version is the newest built.
 */
export async function ensureServicesImage(
  docker: Docker,
  home: Home,
  base: string,
  version: string,
): Promise<string> {
  const files = [...(await sourceFiles(root, SOURCES, left)), ...(await manifests())].toSorted()
  const source = await hashSources(root, files, process.version, base)
  const name = `${REPOSITORY}:${version}-${source}`
  if ((await imageSource(docker, name)) === source) return name
  const step = startStep(`building ${REPOSITORY}:${version}`)
  const context = join(home.cache, 'services')
  try {
    step.update('installing production dependencies')
    await stage(context, files)
    await buildImage(
      docker,
      {
        context,
        tags: [name, `${REPOSITORY}:${version}`],
        source,
        args: { BASE: base },
        labels: { [CHECKOUT_LABEL]: checkout },
      },
      step.update,
    )
  } catch (error) {
    step.fail()
    throw error
  } finally {
    await rm(context, { recursive: true, force: true })
  }
  step.done(`built ${REPOSITORY}:${version}`)
  await removeOld(docker)
  return name
}

/** Every change of the sources makes an image: all but the newest of this checkout go, and those in use. */
async function removeOld(docker: Docker): Promise<void> {
  const images = await docker.listImages({ filters: { label: [`${CHECKOUT_LABEL}=${checkout}`] } })
  const old = images.toSorted((one, other) => other.Created - one.Created).slice(KEPT)
  for (const tag of old.flatMap(({ RepoTags }) => RepoTags ?? [])) {
    await docker
      .getImage(tag)
      .remove()
      .catch((error: unknown) => {
        // in use, or already gone
        if (![404, 409].includes(engineStatus(error) ?? 0)) throw error
      })
  }
}

/** The workspace's package files: all of them, since the lockfile speaks of all. */
async function manifests(): Promise<string[]> {
  const found = [...PACKAGES]
  for await (const path of glob('{apps,libs,models,services}/*/package.json', { cwd: root })) found.push(path)
  return [...new Set(found)]
}

/** `node`, `Dockerfile` and `app/`: links between packages are kept, so that Node strips the types of our libraries. */
async function stage(context: string, files: readonly string[]): Promise<void> {
  await rm(context, { recursive: true, force: true })
  const app = join(context, 'app')
  for (const file of files) {
    await mkdir(dirname(join(app, file)), { recursive: true })
    await copyFile(join(root, file), join(app, file))
  }
  const filters = ['@carya/dispatcher...', '@carya/worker...'].flatMap((name) => ['--filter', name])
  const ended = await runProgram(
    'pnpm',
    ['install', '--prod', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only', ...filters],
    { cwd: app, env: { ...process.env, CI: 'true' } },
  )
  if (ended.code !== 0) {
    throw new CommandFailure(exitCodes.failed, {
      title: 'The dependencies of the services could not be installed.',
      detail: lastLines(ended.output, 8).join('\n'),
    })
  }
  for await (const path of glob('node_modules/.pnpm/node-linux-*', { cwd: app })) {
    await rm(join(app, path), { recursive: true, force: true })
  }
  await cp(join(app, 'docker/services/Dockerfile'), join(context, 'Dockerfile'))
  await rm(join(app, 'docker'), { recursive: true })
  await copyFile(process.execPath, join(context, 'node'))
}
