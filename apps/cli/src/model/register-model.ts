/** Registers the model of a manifest, and shows the faults of one where they stand. */
import type { Model } from '@carya/contracts'
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
    throw error instanceof CommandFailure ? located(error, named, placeOf) : error
  }
}

/** `dalec@1.0.0` */
export const refOf = ({ name, version }: Pick<Model, 'name' | 'version'>): string => `${name}@${version}`

/** The failure with line and column before each fault. */
function located(failure: CommandFailure, named: string, placeOf: (path: string) => string): CommandFailure {
  const { errors } = failure.problem
  if (errors === undefined) return failure
  const placed = errors.map((error) => ({
    ...error,
    path: `${named}:${placeOf(error.path ?? '')}${error.path ? `: ${error.path}` : ''}`,
  }))
  const { detail: _, ...problem } = failure.problem
  return new CommandFailure(failure.code, { ...problem, errors: placed }, failure)
}
