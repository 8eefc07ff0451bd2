/** `carya model default`: which version a run gets that names none. */
import type { Model } from '@carya/contracts'
import type { Command } from 'commander'
import type { Client } from '../client/client.ts'
import { connect, withServiceOptions, type ServiceOptions } from '../commands/service.ts'
import { notice, printJson, printLine } from '../terminal/streams.ts'
import { addressOf, findModel, findVersion } from './known-models.ts'
import { refOf } from './register-model.ts'

const HELP = `
  carya model default growth@1.0.0    rolls an upgrade back

What was submitted before keeps the version that it was accepted with.`

export function register(model: Command): void {
  const command = model
    .command('default')
    .description('make a version the one that a run gets which names none')
    .argument('<name@version>', 'the version')
    .addHelpText('after', HELP)
  withServiceOptions(command).action(change)
}

async function change(word: string, options: ServiceOptions): Promise<void> {
  const client = await connect(options, { writes: true })
  const wanted = await findVersion(client, word)
  const before = await findModel(client, wanted.name)
  const model = await makeDefault(client, refOf(wanted))
  if (options.json) return printJson(model)
  printLine(refOf(model))
  if (before.version === model.version) notice('It was the default already.')
  else notice(`The default was ${refOf(before)}; it can still be run by that name.`)
}

/** The version, now the default of its name. */
export async function makeDefault(client: Client, ref: string): Promise<Model> {
  return client.json<Model>(`${addressOf(ref)}/default`, { method: 'POST' })
}
