/** Builds a model's image from its folder; the engine is this machine's. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { stringify } from 'yaml'
import { buildImage, inspectImage } from '../stack/build-image.ts'
import { requireEngine } from '../stack/engine.ts'
import { ensureBase } from '../stack/images.ts'
import { releaseOf } from '../stack/base-image.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { startStep } from '../terminal/progress.ts'
import { notice } from '../terminal/streams.ts'
import { checkManifestFile, type CheckedFile } from './check-manifest-file.ts'
import { faultyManifest } from './complete-manifest.ts'
import { basesOf } from './dockerfile.ts'
import { fieldOf } from './field-of.ts'
import { MANIFEST_FILE } from './manifest-source.ts'

export type Built = { image: string; digest: string; model: string }

/** The image, under the name that the manifest gives it. Progress goes to stderr. */
export async function buildModel(folder: string, env: NodeJS.ProcessEnv): Promise<Built> {
  const file = join(folder, MANIFEST_FILE)
  const dockerfile = await read(join(folder, 'Dockerfile'))
  const text = await read(file)
  const checked = await checkManifestFile(file)
  if ('faults' in checked) throw faultyManifest(file, checked.faults)
  const { manifest } = checked
  const [name, version, image] = ['name', 'version', 'image'].map((field) => fieldOf(manifest, field))
  if (typeof image !== 'string' || image.includes('@'))
    throw new CommandFailure(exitCodes.usage, {
      title: `${file} does not name an image that could be built`,
      detail: 'An image by its digest is there already.',
      help: ['Name it by a tag: image: models/growth:1.0.0'],
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
    const label = labelOf(checked, text)
    const labels = label === undefined ? {} : { [MANIFEST_LABEL]: label }
    await buildImage(docker, { context: folder, tags: [image], labels }, step.update)
  } catch (error) {
    step.fail()
    throw error
  }
  step.done(`built ${image}`)
  for (const { local } of checked.uploads.slice(0, 1))
    notice(
      `${local.source} lies beside the manifest, so the image carries none: register the model by its folder.`,
    )
  const built = await inspectImage(docker, image)
  return { image, digest: built?.Id ?? '', model: `${String(name)}@${String(version)}` }
}

/** The manifest for the image's label, templates and all; undefined where it needs files that cannot be in it. */
function labelOf(checked: Exclude<CheckedFile, { faults: unknown }>, text: string): string | undefined {
  const { manifest, uploads, read: given } = checked
  if (uploads.length > 0) return undefined
  // as its author wrote it, comments too, where that is all there is
  return isDeepStrictEqual(manifest, given.manifest) ? text : stringify(manifest)
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
