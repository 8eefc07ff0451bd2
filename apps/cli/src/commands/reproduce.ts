/** `carya reproduce`: makes a run again from what was pinned of it, and tells whether the same comes of it. */
import type { Reproducing, RunView } from '@carya/contracts'
import type { Command } from 'commander'
import type { Client } from '../client/client.ts'
import { findRun, shortId } from '../client/find-run.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { forPeople, notice, paint, printJson, printLine } from '../terminal/streams.ts'
import { count, printable } from '../terminal/text.ts'
import { compare, type Comparison, type Difference } from './comparison.ts'
import { innerTableLines } from './listing.ts'
import { parseValue } from './name-value.ts'
import { hashed, outcomeOf } from './outcome.ts'
import { secondsOf } from './patience.ts'
import { connect, withServiceOptions, type ServiceOptions } from './service.ts'
import { waitForEnd } from './wait.ts'

type Options = ServiceOptions & {
  wait: boolean
  timeout?: string
  key?: string
  pool?: string
  priority?: string
}

const HELP = `
The new run has the image (by its digest), command, parameters, files, resources
and time limit of the first, and reads inputs only if they are still the same.
It does not matter whether the model has been changed, upgraded or removed
since.

Exit code 0: all outputs and metrics are the same, bit for bit. 1: they are not;
a table says which.`

const BY_SIZE_SHOWN = 5
const INDENT = '  '

export function register(program: Command): void {
  const command = program
    .command('reproduce')
    .description('make an ended run again exactly, and compare what comes of it')
    .argument('<id>', 'a run or a member: its id, at least four characters of its end, or @last')
    .option('--no-wait', 'submit it and compare nothing')
    .option('--timeout <duration>', 'stop waiting after this long (exit 124); the new run goes on')
    .option('--key <key>', 'your own id for the new run: asking again gives the same one')
    .option('--pool <pool>', 'the pool of workers; that of the run where none is named')
    .option('--priority <n>', 'from -5 to 5; each step doubles the share')
    .addHelpText('after', HELP)
  withServiceOptions(command).action(reproduce)
}

async function reproduce(word: string, options: Options): Promise<void> {
  const timeout = options.timeout === undefined ? undefined : await secondsOf('--timeout', options.timeout)
  const client = await connect(options, { writes: true })
  const id = await findRun(client, word)
  const { key, pool, priority, json } = options
  const body = {
    ...(key === undefined ? {} : { key }),
    ...(pool === undefined ? {} : { pool }),
    ...(priority === undefined ? {} : { priority: parseValue(priority) }),
  }
  const accepted = await client.json<Reproducing>(`/v1/runs/${id}/reproduce`, { method: 'POST', body })
  if (!json) for (const note of accepted.notes) notice(printable(note))
  if (!options.wait) return tellAccepted(accepted, options)
  if (json) printJson({ kind: 'accepted', ...accepted }, 'line')
  const run = await waitForEnd(client, accepted.id, { json, timeout })
  const before = await client.json<RunView>(`/v1/runs/${id}`)
  const comparison = await compared(client, before, run)
  process.exitCode = exitCodeFor(run, comparison)
  if (json)
    printJson(
      { kind: 'comparison', id: run.id, reproduces: id, ...comparison, notes: accepted.notes },
      'line',
    )
  else printComparison(before, run, comparison)
}

async function compared(client: Client, before: RunView, after: RunView): Promise<Comparison> {
  const [was, is] = await Promise.all([outcomeOf(client, before), outcomeOf(client, after)])
  return compare(...(await hashed(client, [before, after], [was, is])))
}

/** A run that was cancelled says nothing of the other, unless that was, too. */
function exitCodeFor({ state }: RunView, { identical }: Comparison): number {
  if (identical) return exitCodes.ok
  return state === 'cancelled' ? exitCodes.cancelled : exitCodes.failed
}

function tellAccepted(accepted: Reproducing, { json }: Options): void {
  const { id, reproduces } = accepted
  if (json) printJson(accepted)
  else if (!forPeople()) printLine(id)
  else {
    printLine(`${shortId(id)} makes ${shortId(reproduces)} again`)
    notice(`Follow it: carya logs -f ${shortId(id)}`)
  }
}

/** What differs, indented below the line that says so. */
export function differenceLines(
  differences: readonly Difference[],
  first: string,
  second: string,
  width: number,
): string[] {
  const columns = [
    {
      title: 'WHAT',
      cell: ({ kind, name }: Difference) => (kind === 'end' ? name : `${kind} ${name}`),
    },
    { title: first, cell: (each: Difference) => each.before ?? 'none' },
    { title: second, cell: (each: Difference) => each.after ?? 'none' },
  ]
  return innerTableLines(differences, columns, width - INDENT.length).map((line) => INDENT + line)
}

function printComparison(before: RunView, after: RunView, comparison: Comparison): void {
  const [first, second] = [shortId(before.id), shortId(after.id)]
  const { identical, differences, bySize } = comparison
  if (identical) {
    const all = `${count(comparison.outputs, 'output')}, ${count(comparison.metrics, 'metric')}`
    const how = bySize.length === 0 ? ', bit for bit' : ' as far as was compared'
    printLine(paint('green', `✓ ${second} is the same as ${first}${how}: ${all}`))
  } else {
    printLine(paint('red', `✗ ${second} is not the same as ${first}`))
    for (const line of differenceLines(differences, first, second, process.stdout.columns ?? 120))
      printLine(line)
  }
  if (bySize.length === 0) return
  const others = bySize.length > BY_SIZE_SHOWN ? ` and ${bySize.length - BY_SIZE_SHOWN} more` : ''
  const named = bySize.slice(0, BY_SIZE_SHOWN).map((name) => printable(name))
  printLine(`  compared by size alone, too large or too many to be read again: ${named.join(', ')}${others}`)
}
