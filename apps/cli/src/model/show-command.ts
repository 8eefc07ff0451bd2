/** `carya model show`. */
import type { Model } from '@carya/contracts'
import type { Command } from 'commander'
import { connect, withServiceOptions, type ServiceOptions } from '../commands/service.ts'
import { printJson } from '../terminal/streams.ts'
import { findModel, listModels } from './known-models.ts'
import { printModel } from './model-text.ts'

export function register(model: Command): void {
  withServiceOptions(
    model
      .command('show')
      .description('show a model: its parameters, inputs, outputs, and what it asks of its host')
      .argument('<model>', 'its name, or name@version'),
  ).action(show)
}

async function show(ref: string, options: ServiceOptions): Promise<void> {
  const client = await connect(options)
  const model: Model = await findModel(client, ref)
  if (options.json) return printJson(model)
  const all = await listModels(client)
  printModel(
    model,
    all.filter(({ name }) => name === model.name),
  )
}
