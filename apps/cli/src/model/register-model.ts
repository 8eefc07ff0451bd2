/** Registers the model of a manifest, and shows the faults of one where they stand. */
import type { Model } from '@carya/contracts'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathOf, type Client } from '../client/client.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { startStep } from '../terminal/progress.ts'
import { isFields } from './field-of.ts'
import { shortDigest, type ManifestSource } from './manifest-source.ts'
import { showPull } from './show-pull.ts'

export type Registering = {
  /** whether its name keeps the default that it has */
  keepDefault: boolean
  json?: boolean | undefined
}

/** The registered model. Progress goes to stderr, unless `json`. */
export async function registerModel(
  client: Client,
  { manifest, named, placeOf, fresh }: ManifestSource,
  { keepDefault, json }: Registering,
): Promise<Model> {
  const path = pathOf('/v1/models', {
    default: keepDefault ? 'no' : undefined,
    fresh: fresh ? 'yes' : undefined,
  })
  const step = json ? undefined : startStep('looking up the image')
  try {
    const register = () => client.json<Model>(path, { method: 'PUT', body: manifest })
    const image = isFields(manifest) ? manifest['image'] : undefined
    const model =
      step && typeof image === 'string' ? await showPull(client, image, step, register) : await register()
    step?.done(`registered ${refOf(model)}: image ${model.image.name} is ${shortDigest(model.image.digest)}`)
    return model
  } catch (error) {
    step?.fail()
    throw error instanceof CommandFailure ? await located(error, named, placeOf) : error
  }
}

/** `dalec@1.0.0` */
export const refOf = ({ name, version }: Pick<Model, 'name' | 'version'>): string => `${name}@${version}`

/** The failure with line and column before each fault. */
async function located(
  failure: CommandFailure,
  named: string,
  placeOf: (path: string) => string,
): Promise<CommandFailure> {
  const { errors } = failure.problem
  if (errors === undefined) return failure
  const placed = errors.map((error) => ({
    ...error,
    path: `${named}:${placeOf(error.path ?? '')}${error.path ? `: ${error.path}` : ''}`,
  }))
  const { detail: _, ...problem } = failure.problem
  const help = errors.some(({ path }) => path === 'image') ? await buildingHelp(named) : []
  return new CommandFailure(failure.code, { ...problem, errors: placed, help }, failure)
}

/** What to do where an image is not found that is built here: nobody may have done so yet. */
async function buildingHelp(file: string): Promise<string[]> {
  const folder = dirname(file)
  const isBuilt = await stat(join(folder, 'Dockerfile')).catch(() => undefined)
  return isBuilt?.isFile() ? [`Was it built? carya model build ${folder}`] : []
}
