/** The models that are registered, and what to say of one that is not. */
import type { Model, ModelList } from '@carya/contracts'
import { nearest } from '@carya/contracts/nearest'
import { pathOf, type Client } from '../client/client.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'

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

/** The failure of a command that names a model which is not registered. */
export async function noModel(client: Client, ref: string): Promise<CommandFailure> {
  const models = await listModels(client)
  const near = nearest(
    ref,
    models.flatMap((one) => [one.name, `${one.name}@${one.version}`]),
  )
  return new CommandFailure(exitCodes.usage, {
    title: `There is no model ${ref}`,
    help: [near === undefined ? 'See carya model ls' : `Did you mean ${near}?`],
  })
}
