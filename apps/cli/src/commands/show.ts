import type { EnsembleView, RunView } from '@carya/contracts'
import type { Command } from 'commander'
import { findSubmission, kindOf } from '../client/find-run.ts'
import { printJson } from '../terminal/streams.ts'
import { printRun, withAddresses } from './run-text.ts'
import { connect, withServiceOptions, type ServiceOptions } from './service.ts'

export function register(program: Command): void {
  const command = program
    .command('show')
    .description('show a run or an ensemble: what was asked, how it went, what came of it')
    .argument('<id>', 'a run or an ensemble: its id, at least four characters of its end, or @last')
  withServiceOptions(command).action(async (word: string, options: ServiceOptions) => {
    const client = await connect(options)
    const id = await findSubmission(client, word)
    if (kindOf(id) === 'ensemble') {
      const { printEnsemble } = await import('../ensemble/ensemble-text.ts')
      const ensemble = await client.json<EnsembleView>(`/v1/ensembles/${id}`)
      return options.json ? printJson(ensemble) : printEnsemble(ensemble, options)
    }
    if (kindOf(id) === 'member') {
      const { showMember } = await import('../ensemble/member-command.ts')
      return showMember(client, id, options)
    }
    const run = await client.json<RunView>(`/v1/runs/${id}`)
    if (options.json) printJson(withAddresses(client, run))
    else printRun(client, run, options)
  })
}
