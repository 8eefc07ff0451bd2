/** The part of the `Api` that is about models and their images. */
import { badRequest, errorsOf, ImageRequest } from '@carya/contracts'
import type { Api } from './api.ts'
import { changeModel } from './handlers/change-model.ts'
import { findImage, type FindImageParts } from './handlers/find-image.ts'
import { registerModel, type RegisterParts } from './handlers/register-model.ts'

export type OfferModelParts = FindImageParts & Omit<RegisterParts, 'find'>
export type ModelApi = Pick<
  Api,
  'modelRefs' | 'model' | 'register' | 'makeDefault' | 'removeModel' | 'findImage'
>

export function offerModels({ models, clock, full, ...parts }: OfferModelParts): ModelApi {
  const find = findImage(parts)
  const { makeDefault, remove } = changeModel({ models })
  return {
    modelRefs: () => models.refs(),
    model: (ref) => models.find(ref),
    register: registerModel({ models, find, clock, full }),
    makeDefault,
    removeModel: remove,
    async findImage(body, signal) {
      const parsed = ImageRequest.safeParse(body)
      if (!parsed.success) return { rejected: badRequest(errorsOf(parsed.error, body)) }
      return find(parsed.data.image, parsed.data.fresh === true, signal)
    },
  }
}
