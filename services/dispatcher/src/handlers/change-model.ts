/**
 * Makes a version of a model its name's default, or forgets one. Runs and ensembles that are accepted have pinned all
 * they need of it, so nothing of them changes.
 */
import { problem, type Model, type Problem } from '@carya/contracts'
import type { ModelStore } from '../ports.ts'
import { unknownModel } from './find-model.ts'

export type Changed = { model: Model } | { rejected: Problem }
export type ChangeModel = {
  makeDefault: (ref: string) => Promise<Changed>
  remove: (ref: string) => Promise<Changed>
}

export function changeModel({ models }: { models: ModelStore }): ChangeModel {
  return {
    async makeDefault(ref) {
      const model = await models.makeDefault(ref)
      return model ? { model } : { rejected: await noSuchModel(models, ref) }
    },
    async remove(ref) {
      const result = await models.remove(ref)
      if (!result) return { rejected: await noSuchModel(models, ref) }
      return 'removed' in result ? { model: result.removed } : { rejected: isDefault(ref, result.others) }
    },
  }
}

/** What a request is told that names a model which is not registered. */
export async function noSuchModel(models: ModelStore, ref: string): Promise<Problem> {
  return problem(404, 'no-such-model', 'There is no such model', await unknownModel(models, ref))
}

function isDefault(ref: string, others: readonly string[]): Problem {
  const [other = ''] = others
  return problem(
    409,
    'default-model',
    `${ref} is the default of its name`,
    `make another version the default first: carya model default ${other}`,
  )
}
