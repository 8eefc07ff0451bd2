/** The models that are registered, and what to say of one that is not. */
import type { Model, ModelList } from '@carya/contracts'
import { nearest } from '@carya/contracts/nearest'
import { pathOf, type Client } from '../client/client.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { refOf } from './register-model.ts'

const MOST_NAMED = 10

/** All versions of all of them. */
export async function listModels(client: Client): Promise<Model[]> {
  const models: Model[] = []
  let cursor: string | undefined
  do {
    const page = await client.json<ModelList>(pathOf('/v1/models', { limit: 500, cursor }))
    models.push(...page.items)
    cursor = page.next
  } while (cursor !== undefined)
  return models
}

/** Where the API has a model, or a version of it. */
export const addressOf = (ref: string): string => `/v1/models/${encodeURIComponent(ref)}`

/** The model of a name (its default version) or a version; fails as wrong use where there is none. */
export async function findModel(client: Client, ref: string): Promise<Model> {
  const model = await client.find<Model>(addressOf(ref))
  if (model) return model
  throw await noModel(client, ref)
}

/** The version that is named, `name@version`; fails as wrong use where none is, or it is not registered. */
export async function findVersion(client: Client, ref: string): Promise<Model> {
  const model = await findModel(client, ref)
  if (ref.includes('@')) return model
  const versions = (await listModels(client)).filter(({ name }) => name === model.name)
  throw new CommandFailure(exitCodes.usage, {
    title: 'Which version is meant is not said',
    errors: versions.map((one) => ({
      path: refOf(one),
      detail: one.default ? 'the default' : 'another version',
    })),
    help: ['Name one of them.'],
  })
}

/** The failure of a command that names a model which is not registered. */
export async function noModel(client: Client, ref: string): Promise<CommandFailure> {
  const models = await listModels(client)
  const versions = models.filter(({ name }) => name === ref.replace(/@.*$/, ''))
  if (versions.length > 0)
    return new CommandFailure(exitCodes.usage, {
      title: `There is no version ${ref}`,
      help: [`Registered are ${versions.slice(0, MOST_NAMED).map(refOf).join(', ')}; see carya model ls`],
    })
  const near = nearest(
    ref,
    models.flatMap((one) => [one.name, refOf(one)]),
  )
  return new CommandFailure(exitCodes.usage, {
    title: `There is no model ${ref}`,
    help: [near === undefined ? 'See carya model ls' : `Did you mean ${near}?`],
  })
}
