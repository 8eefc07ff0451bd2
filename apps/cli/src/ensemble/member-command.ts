/** `carya member`: one member of an ensemble, with what is its own. */
import type { EnsembleView, RunView } from '@carya/contracts'
import type { Command } from 'commander'
import type { Client } from '../client/client.ts'
import { findEnsemble } from '../client/find-run.ts'
import { printRun, withAddresses } from '../commands/run-text.ts'
import { connect, withServiceOptions, type ServiceOptions } from '../commands/service.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { printJson } from '../terminal/streams.ts'

const HELP = `
A member is a run: its id is that of the ensemble, a hyphen, and its index from
0 on. So these work too:

  carya logs e4f7k2q-17
  carya outputs e4f7k2q-17 -o folder
  carya why e4f7k2q-17`

export function register(program: Command): void {
  const command = program
    .command('member')
    .description('show a member of an ensemble: its varied parameters first, then all that a run shows')
    .argument('<id>', 'the ensemble: its id, at least four characters of its end, or @last')
    .argument('<index>', 'which member, from 0 on')
    .addHelpText('after', HELP)
  withServiceOptions(command).action(async (word: string, text: string, options: ServiceOptions) => {
    if (!/^\d{1,9}$/.test(text))
      throw new CommandFailure(exitCodes.usage, {
        title: 'The index is not understood',
        errors: [{ path: 'index', value: text, detail: 'a whole number from 0 on' }],
      })
    const client = await connect(options)
    await showMember(client, `${await findEnsemble(client, word)}-${Number(text)}`, options)
  })
}

/** Prints a member by its full id. */
export async function showMember(client: Client, id: string, options: ServiceOptions): Promise<void> {
  const [ensemble = ''] = id.split('-')
  const run = await client.json<RunView>(`/v1/runs/${id}`)
  if (options.json) return printJson(withAddresses(client, run))
  const { varied } = await client.json<EnsembleView>(`/v1/ensembles/${ensemble}`)
  printRun(client, run, { ...options, varied })
}
