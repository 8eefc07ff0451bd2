import type { RunView } from '@carya/contracts'
import type { Command } from 'commander'
import { findRun } from '../client/find-run.ts'
import { printJson } from '../terminal/streams.ts'
import { printRun, withAddresses } from './run-text.ts'
import { connect, withServiceOptions, type ServiceOptions } from './service.ts'

export function register(program: Command): void {
  const command = program
    .command('show')
    .description('show a run: what was asked, how it went, what came of it')
    .argument('<id>', 'the run: its id, at least four characters of its end, or @last')
  withServiceOptions(command).action(async (word: string, options: ServiceOptions) => {
    const client = await connect(options)
    const run = await client.json<RunView>(`/v1/runs/${await findRun(client, word)}`)
    if (options.json) printJson(withAddresses(client, run))
    else printRun(client, run, options)
  })
}
