import type { Accepted, Model, ModelList } from '@carya/contracts'
import type { Command } from 'commander'
import { pathOf, type Client } from '../client/client.ts'
import { shortId } from '../client/find-run.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { forPeople, notice, printJson, printLine } from '../terminal/streams.ts'
import { secondsOf } from './patience.ts'
import { requestOf, type RunWish, type RunWords } from './run-request.ts'
import { printRun, withAddresses } from './run-text.ts'
import { collect, connect, withServiceOptions, type ServiceOptions } from './service.ts'
import { exitCodeOf, stateText } from './states.ts'
import { nearest } from './suggest.ts'
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
    .option('--run-timeout <duration>', 'the longest an attempt may take')
    .option('--retries <n>', 'how often a failed run is tried again')
  withServiceOptions(command).action(runModel)
}

async function runModel(ref: string, options: Options): Promise<void> {
  const timeout = options.timeout === undefined ? undefined : await secondsOf('--timeout', options.timeout)
  const client = await connect(options, { writes: true })
  const model = await client.find<Model>(`/v1/models/${encodeURIComponent(ref)}`)
  const body = await requestOf(client, ref, options, model)
  const accepted = await submit(client, body, model)
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

/** Submits; where a name was refused, adds the one that may have been meant. */
async function submit(client: Client, body: RunWish, model: Model | undefined): Promise<Accepted> {
  try {
    return await client.json<Accepted>('/v1/runs', { method: 'POST', body })
  } catch (error) {
    if (!(error instanceof CommandFailure) || error.problem.errors === undefined) throw error
    const guesses = await Promise.all(
      error.problem.errors.map(({ path = '' }) => guess(client, path, body.model, model)),
    )
    const help = guesses.filter((one) => one !== undefined).map((one) => `Did you mean ${one}?`)
    throw new CommandFailure(error.code, { ...error.problem, ...(help.length === 0 ? {} : { help }) }, error)
  }
}

async function guess(client: Client, path: string, ref: string, model?: Model): Promise<string | undefined> {
  const [place, name] = path.split('.')
  if (place === 'params' && name !== undefined && model) {
    const declared = Object.keys(model.manifest.parameters)
    return declared.includes(name) ? undefined : nearest(name, declared)
  }
  if (place === 'inputs' && name !== undefined && model) {
    const declared = Object.keys(model.manifest.inputs)
    return declared.includes(name) ? undefined : nearest(name, declared)
  }
  if (place !== 'model') return undefined
  const { items } = await client.json<ModelList>(pathOf('/v1/models', { limit: 500 }))
  const known = ref.includes('@')
    ? items.map((one) => `${one.name}@${one.version}`)
    : items.map((one) => one.name)
  return (
    nearest(ref, known) ??
    nearest(
      ref.split('@')[0]!,
      items.map((one) => one.name),
    )
  )
}
