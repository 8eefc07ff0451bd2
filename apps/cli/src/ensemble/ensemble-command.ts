/** `carya ensemble`: many runs of a model, made from one design. */
import type { EnsembleAccepted, EnsemblePreview, Model } from '@carya/contracts'
import type { Command } from 'commander'
import type { Client } from '../client/client.ts'
import { shortId } from '../client/find-run.ts'
import { secondsOf } from '../commands/patience.ts'
import { collect, connect, withServiceOptions, type ServiceOptions } from '../commands/service.ts'
import { exitCodeOf, stateText } from '../commands/states.ts'
import { forPeople, notice, printJson, printLine } from '../terminal/streams.ts'
import { printable } from '../terminal/text.ts'
import { printEnd } from './ensemble-text.ts'
import { printPreview } from './preview-text.ts'
import { membersOf } from './progress-lines.ts'
import { ensembleRequestOf, type EnsembleWish, type EnsembleWords } from './request.ts'
import { waitForEnsemble } from './wait-ensemble.ts'

type Options = ServiceOptions & EnsembleWords & { wait?: boolean; timeout?: string }

const HELP = `
What varies, and how:

  --vary k                       as the model's manifest says, else evenly over
                                 its range
  --vary k=uniform:0.1:0.5       also loguniform:LOW:HIGH, normal:MEAN:SD,
                                 lognormal:MU:SIGMA (of the logarithm),
                                 triangular:LOW:MODE:HIGH, gamma:SHAPE:SCALE,
                                 beta:A:B or beta:A:B:LOW:HIGH, values:A,B,C
  --vary n=normal:10:2:truncate  within the range that the model gives it;
                                 :truncate:LOW:HIGH within another
  --vary n=linspace:0:1:11       levels, for grid and oat; also values:A,B,C,
                                 logspace:FIRST:LAST:HOW_MANY
  --vary input.drivers=values:a.csv,b.csv
                                 an input: files here, which are uploaded, or
                                 URLs
  --vary @version=values:1.0.0,2.0.0
                                 versions of the model, side by side

Designs:

  lhs        Latin hypercube, --samples members; the default where distributions
             are given
  grid       all combinations of levels; the default where only levels are given
  oat        one at a time: the base, then each level of each parameter
  random, sobol
             --samples members, at random or from a scrambled Sobol’ sequence
  saltelli   what Sobol’ indices need: --samples base rows N, a power of two,
             are N(d + 2) members, where d is how many vary
  table      a member for each row of --table

Examples:

  carya ensemble dalec --vary f_auto=uniform:0.4:0.6 --samples 100 --seed 7 \\
    -i drivers=a.csv --wait
  carya ensemble growth --vary rate=linspace:0:2:21 \\
    --vary capacity=values:10,100
  carya ensemble growth --table rows.csv --fail tolerate:5% --max-parallel 50`

export function register(program: Command): void {
  const command = program
    .command('ensemble')
    .description('run a model many times, with parameters that vary')
    .argument('<model>', 'a registered model: its name, or name@version')
    .option('--vary <name[=how]>', 'a parameter or input.NAME that varies, see below (repeatable)', collect)
    .option('--design <kind>', 'lhs, grid, oat, random, sobol, saltelli or table, see below')
    .option('--samples <n>', 'how many members; with saltelli how many base rows')
    .option('--seed <n>', 'the same seed gives the same members, for ever; 0 where none is given')
    .option('--table <file>', 'CSV or Parquet, a column for each parameter: a file here, or a URL')
    .option('--design-file <file>', 'the design as JSON, as the request has it')
    .option('-p, --param <name=value>', 'a parameter that does not vary (repeatable)', collect)
    .option(
      '-i, --input <name=source>',
      'an input: a file here, which is uploaded, or a URL (repeatable)',
      collect,
    )
    .option('--dry-run', 'say how many members there would be, and which; nothing is submitted')
    .option('--wait', 'wait for the end; exit 1 if members failed, 4 if it was cancelled')
    .option('--timeout <duration>', 'with --wait: stop waiting after this long (exit 124); it goes on')
    .option('--max-parallel <n>', 'members at once at most')
    .option('--fail <policy>', 'when members fail: continue (the default), stop, or tolerate:5%')
    .option('--key <key>', 'your own id for it: submitting it again gives the same ensemble')
    .option('--label <name=value>', 'a label to find it by (repeatable)', collect)
    .option('--priority <n>', 'from -5 to 5; each step doubles the share')
    .option('--pool <pool>', 'the pool of workers')
    .option('--cpus <n>', 'CPUs of each member, may be a fraction')
    .option('--memory <size>', 'memory of each member, for example 512MiB')
    .option('--memory-growth <n>', 'after running out of memory, try again with so many times as much')
    .option('--memory-most <size>', 'what memory grows to at most; without it eight times --memory')
    .option('--disk <size>', 'what the outputs of a member may take; one that writes more is stopped')
    .option('--run-timeout <duration>', 'the longest an attempt may take, from the start of the model')
    .option('--lease <duration>', 'how long its worker may be out of touch before another gets a member')
    .option('--retries <n>', 'how often a member is tried again after a failure of the model')
    .addHelpText('after', HELP)
  withServiceOptions(command).action(runEnsemble)
}

async function runEnsemble(ref: string, options: Options): Promise<void> {
  const timeout = options.timeout === undefined ? undefined : await secondsOf('--timeout', options.timeout)
  const client = await connect(options, { writes: options.dryRun !== true })
  const model = await client.find<Model>(`/v1/models/${encodeURIComponent(ref)}`)
  const body = await ensembleRequestOf(client, ref, options, model)
  if (options.dryRun) return preview(client, body, options)
  const accepted = await client.json<EnsembleAccepted>('/v1/ensembles', { method: 'POST', body })
  if (!options.wait && timeout === undefined) return tellAccepted(accepted, options)
  if (options.json) printJson({ kind: 'accepted', ...accepted }, 'line')
  else tellNotes(accepted)
  const ensemble = await waitForEnsemble(client, accepted.id, { json: options.json, timeout })
  process.exitCode = exitCodeOf(ensemble.state)
  if (options.json) printJson(ensemble, 'line')
  else printEnd(ensemble)
}

async function preview(client: Client, body: EnsembleWish, { json }: Options): Promise<void> {
  const found = await client.json<EnsemblePreview>('/v1/ensembles/preview', { method: 'POST', body })
  if (json) printJson(found)
  else printPreview(found)
}

function tellNotes({ notes = [] }: EnsembleAccepted): void {
  for (const note of notes) notice(printable(note))
}

function tellAccepted(accepted: EnsembleAccepted, { json }: Options): void {
  const { id, state, members, duplicate } = accepted
  if (json) return printJson(accepted)
  tellNotes(accepted)
  if (!forPeople()) return printLine(id)
  const many = members === undefined ? '' : `, ${membersOf(members)}`
  printLine(`${shortId(id)} ${stateText(state)}${many}${duplicate ? ' (known already by its key)' : ''}`)
  notice(`Follow it: carya wait ${shortId(id)}`)
}
