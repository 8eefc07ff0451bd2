import type { Command } from 'commander'
import { findSubmission, kindOf } from '../client/find-run.ts'
import { printJson } from '../terminal/streams.ts'
import { secondsOf } from './patience.ts'
import { printRun, withAddresses } from './run-text.ts'
import { connect, withServiceOptions, type ServiceOptions } from './service.ts'
import { exitCodeOf } from './states.ts'
import { waitForEnd } from './wait.ts'

type Options = ServiceOptions & { timeout?: string }

export function register(program: Command): void {
  const command = program
    .command('wait')
    .description('wait for the end of a run or an ensemble; exit 1 if it failed, 4 if it was cancelled')
    .argument('<id>', 'a run or an ensemble: its id, at least four characters of its end, or @last')
    .option('--timeout <duration>', 'stop waiting after this long (exit 124); it goes on')
  withServiceOptions(command).action(waitForOne)
}

async function waitForOne(word: string, options: Options): Promise<void> {
  const timeout = options.timeout === undefined ? undefined : await secondsOf('--timeout', options.timeout)
  const client = await connect(options)
  const id = await findSubmission(client, word)
  const how = { json: options.json, timeout }
  if (kindOf(id) === 'ensemble') {
    const { waitForEnsemble } = await import('../ensemble/wait-ensemble.ts')
    const { printEnd } = await import('../ensemble/ensemble-text.ts')
    const ensemble = await waitForEnsemble(client, id, how)
    process.exitCode = exitCodeOf(ensemble.state)
    if (options.json) printJson(ensemble, 'line')
    else printEnd(ensemble)
    return
  }
  const run = await waitForEnd(client, id, how)
  process.exitCode = exitCodeOf(run.state)
  if (options.json) printJson(withAddresses(client, run), 'line')
  else printRun(client, run, options)
}
