/** `carya model rm`: forgets a version of a model. */
import type { Model } from '@carya/contracts'
import type { Command } from 'commander'
import { connect, withServiceOptions, type ServiceOptions } from '../commands/service.ts'
import { confirm } from '../terminal/confirm.ts'
import { notice, printJson } from '../terminal/streams.ts'
import { addressOf, findVersion } from './known-models.ts'
import { refOf } from './register-model.ts'

const HELP = `
Runs and ensembles that were accepted go on: they have all they need of it. Its
image stays on the hosts. The default version goes last; make another one the
default before: carya model default NAME@VERSION.`

export function register(model: Command): void {
  const command = model
    .command('rm')
    .description('forget a version of a model')
    .argument('<name@version>', 'the version')
    .option('--yes', 'do it without asking')
    .addHelpText('after', HELP)
  withServiceOptions(command).action(remove)
}

async function remove(word: string, options: ServiceOptions & { yes?: true }): Promise<void> {
  const client = await connect(options, { writes: true })
  const ref = refOf(await findVersion(client, word))
  if (!options.yes) await confirm(`${ref} is to be forgotten.`, ref)
  const model = await client.json<Model>(addressOf(ref), { method: 'DELETE' })
  if (options.json) printJson(model)
  else notice(`${ref} is forgotten. Its image ${model.image.name} stays on the hosts.`)
}
