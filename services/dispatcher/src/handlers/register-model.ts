/** Registers a model: its manifest is checked, a worker finds the digest of its image, and the pinned model is committed. */
import { badRequest, type Model, type Problem } from '@carya/contracts'
import { checkManifest, errorsOfManifest } from '@carya/manifest'
import type { Clock, ModelStore } from '../ports.ts'
import type { FindImage } from './find-image.ts'
import { fullProblem } from './find-model.ts'

export type RegisterParts = {
  models: ModelStore
  find: FindImage
  clock: Clock
  /** refuses new models while Redis is nearly full, so that reports still fit; says why */
  full: () => string | undefined
}

/** How a model is registered. */
export type Registering = {
  /** whether it becomes the default of its name in any case */
  isDefault: boolean
  /** whether the registry is asked first, for the tag may have moved */
  fresh: boolean
}

export type RegisterModel = (
  manifest: unknown,
  how: Registering,
  signal: AbortSignal,
) => Promise<{ model: Model; created: boolean } | { rejected: Problem }>

export function registerModel({ models, find, clock, full }: RegisterParts): RegisterModel {
  return async (body, { isDefault, fresh }, signal) => {
    const checked = checkManifest(body)
    if ('faults' in checked) return { rejected: badRequest(errorsOfManifest(checked.faults, body)) }
    const why = fullProblem(full)
    if (why) return { rejected: why }
    const { manifest } = checked
    const looked = await find(manifest.image, fresh, signal)
    if ('rejected' in looked) return looked
    const { image } = looked.found
    const { name, version } = manifest
    const registeredAt = clock.iso()
    return models.put({ v: 1, name, version, default: isDefault, image, manifest, registeredAt })
  }
}
