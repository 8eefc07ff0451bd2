import type { Accepted, Model } from '@carya/contracts'
import type { Command } from 'commander'
import { shortId } from '../client/find-run.ts'
import { forPeople, notice, printJson, printLine } from '../terminal/streams.ts'
import { secondsOf } from './patience.ts'
import { requestOf, type RunWords } from './run-request.ts'
import { printRun, withAddresses } from './run-text.ts'
import { collect, connect, withServiceOptions, type ServiceOptions } from './service.ts'
import { exitCodeOf, stateText } from './states.ts'
import { waitForEnd } from './wait.ts'

type Options = ServiceOptions & RunWords & { wait?: boolean; timeout?: string }

export function register(program: Command): void {
  const command = program
    .command('run')
    .description('run a model')
    .argument('<model>', 'a registered model: its name, or name@version')
    .option('-p, --param <name=value>', 'a parameter (repeatable)', collect)
    .option(
      '-i, --input <name=source>',
      'an input: a file here, which is uploaded, or a URL (repeatable)',
      collect,
    )
    .option('--wait', 'wait for the end; exit 1 if the run failed, 4 if it was cancelled')
    .option('--timeout <duration>', 'with --wait: stop waiting after this long (exit 124); the run goes on')
    .option('--key <key>', 'your own id for this run: submitting it again gives the same run')
    .option('--label <name=value>', 'a label to find it by (repeatable)', collect)
    .option('--priority <n>', 'from -5 to 5; each step doubles the share')
    .option('--pool <pool>', 'the pool of workers')
    .option('--cpus <n>', 'CPUs, may be a fraction')
    .option('--memory <size>', 'memory, for example 512MiB')
    .option('--memory-growth <n>', 'after running out of memory, try again with so many times as much')
    .option('--memory-most <size>', 'what memory grows to at most; without it eight times --memory')
    .option('--disk <size>', 'what its outputs may take; a run that writes more is stopped')
    .option('--run-timeout <duration>', 'the longest an attempt may take, from the start of the model')
    .option('--deadline <duration>', 'the longest the whole run may take, from now on')
    .option('--after <time>', 'not to be started before, for example 2030-01-31T18:00')
    .option('--lease <duration>', 'how long its worker may be out of touch before another gets the run')
    .option('--retries <n>', 'how often a run is tried again after a failure of the model')
  withServiceOptions(command).action(runModel)
}

async function runModel(ref: string, options: Options): Promise<void> {
  const timeout = options.timeout === undefined ? undefined : await secondsOf('--timeout', options.timeout)
  const client = await connect(options, { writes: true })
  const model = await client.find<Model>(`/v1/models/${encodeURIComponent(ref)}`)
  const body = await requestOf(client, ref, options, model)
  const accepted = await client.json<Accepted>('/v1/runs', { method: 'POST', body })
  if (!options.wait && timeout === undefined) return tellAccepted(accepted, options)
  if (options.json) printJson({ kind: 'accepted', ...accepted }, 'line')
  const run = await waitForEnd(client, accepted.id, { json: options.json, timeout })
  process.exitCode = exitCodeOf(run.state)
  if (options.json) printJson(withAddresses(client, run), 'line')
  else printRun(client, run, options)
}

function tellAccepted(accepted: Accepted, { json }: Options): void {
  const { id, state, duplicate } = accepted
  if (json) printJson(accepted)
  else if (!forPeople()) printLine(id)
  else {
    printLine(`${shortId(id)} ${stateText(state)}${duplicate ? ' (known already by its key)' : ''}`)
    notice(`Follow it: carya logs -f ${shortId(id)}`)
  }
}
