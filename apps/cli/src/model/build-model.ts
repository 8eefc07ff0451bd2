/** Builds a model's image from its folder; the engine is this machine's. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readManifest } from './manifest-file.ts'
import { buildImage, inspectImage } from '../stack/build-image.ts'
import { requireEngine } from '../stack/engine.ts'
import { ensureBase } from '../stack/images.ts'
import { releaseOf } from '../stack/base-image.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { startStep } from '../terminal/progress.ts'
import { basesOf } from './dockerfile.ts'
import { fieldOf, MANIFEST_FILE } from './manifest-source.ts'

export type Built = { image: string; digest: string; model: string }

/** The image, under the name that the manifest gives it. Progress goes to stderr. */
export async function buildModel(folder: string, env: NodeJS.ProcessEnv): Promise<Built> {
  const file = join(folder, MANIFEST_FILE)
  const text = await read(file)
  const dockerfile = await read(join(folder, 'Dockerfile'))
  const { manifest } = readManifest(text, file)
  const [name, version, image] = ['name', 'version', 'image'].map((field) => fieldOf(manifest, field))
  if (typeof image !== 'string' || image === '' || image.includes('@'))
    throw new CommandFailure(exitCodes.usage, {
      title: `${file} does not name the image that is to be built`,
      help: ['Add a line like: image: models/growth:1.0.0'],
    })
  const { docker } = await requireEngine(env)
  const reach = {}
  for (const base of basesOf(dockerfile)) {
    const release = releaseOf(base)
    if (release) await ensureBase(docker, env, reach, release)
  }
  const { MANIFEST_LABEL } = await import('@carya/contracts')
  const step = startStep(`building ${image}`)
  try {
    const labels = { [MANIFEST_LABEL]: text }
    await buildImage(docker, { context: folder, tags: [image], labels }, step.update)
  } catch (error) {
    step.fail()
    throw error
  }
  step.done(`built ${image}`)
  const built = await inspectImage(docker, image)
  return { image, digest: built?.Id ?? '', model: `${String(name)}@${String(version)}` }
}

async function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: Error) => {
    throw new CommandFailure(exitCodes.usage, {
      title: `${file} cannot be read`,
      detail: error.message,
      help: ["A model's folder has a Dockerfile and a model.yaml; carya model new NAME makes one."],
    })
  })
}
