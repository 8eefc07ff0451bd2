/** `carya results`: the table, the statistics, and the picture of an ensemble. */
import type { EnsembleView, ResultFile } from '@carya/contracts'
import type { Command } from 'commander'
import { basename, dirname } from 'node:path'
import { findEnsemble } from '../client/find-run.ts'
import type { Client } from '../client/client.ts'
import { download } from '../commands/download.ts'
import { logWriter } from '../commands/log-text.ts'
import { collect, connect, withServiceOptions, type ServiceOptions } from '../commands/service.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { notice, printJson, printLine } from '../terminal/streams.ts'
import { bytesText } from '../terminal/text.ts'
import { printHead } from './ensemble-text.ts'
import { countsLine, resultsLines } from './results-text.ts'
import { addressOf, readSummary, withResults } from './summary.ts'

type Options = ServiceOptions & {
  csv?: true
  parquet?: true
  quantiles?: true
  sensitivity?: true
  plot?: string
  metric?: readonly string[]
  variable?: readonly string[]
  out?: string
}

const HELP = `
Without an option: a table of the metrics over the members that succeeded, and
what mattered most.

  carya results @last                       the table
  carya results @last --csv -o results.csv  one row a member: parameters,
                                            metrics, state, times
  carya results @last --quantiles           of time series: 5, 25, 50, 75, 95 %
                                            at each time
  carya results @last --sensitivity         each metric on each varied parameter
  carya results @last --plot plot.svg --metric nee_annual --variable nee

Of an ensemble that goes on they are those of the members so far.`

export function register(program: Command): void {
  const command = program
    .command('results')
    .description('show or fetch the results of an ensemble: a table, statistics, a picture')
    .argument('<id>', 'the ensemble: its id, at least four characters of its end, or @last')
    .option('--csv', 'the table as CSV, one row a member')
    .option('--parquet', 'the table as Parquet')
    .option('--quantiles', 'quantiles of the time series as CSV')
    .option('--sensitivity', 'rank correlations, regression coefficients, Sobol’ indices as CSV')
    .option('--plot <file>', 'draw a picture into this file, .svg or .png')
    .option('--metric <name>', 'with --plot: only this metric (repeatable)', collect)
    .option('--variable <name>', 'with --plot: only this variable of a time series (repeatable)', collect)
    .option('-o, --out <file>', 'write into this file, not to stdout')
    .addHelpText('after', HELP)
  withServiceOptions(command).action(showResults)
}

async function showResults(word: string, options: Options): Promise<void> {
  const file = fileOf(options)
  const client = await connect(options)
  const id = await findEnsemble(client, word)
  const ensemble = await withResults(client, id)
  if (options.plot !== undefined) return plot(client, id, options.plot, options)
  if (file !== undefined) return fetchFile(client, id, file, options)
  if (options.json) return printJson(await readSummary(client, id))
  await printTables(client, ensemble)
}

/** The file that is asked for; fails as wrong use where several are, or it cannot go to where it is to go. */
function fileOf({ csv, parquet, quantiles, sensitivity, plot: picture, out, json }: Options) {
  const asked: (ResultFile | 'plot')[] = [
    ...(csv ? (['results.csv'] as const) : []),
    ...(parquet ? (['results.parquet'] as const) : []),
    ...(quantiles ? (['quantiles.csv'] as const) : []),
    ...(sensitivity ? (['sensitivity.csv'] as const) : []),
    ...(picture === undefined ? [] : (['plot'] as const)),
  ]
  const [file] = asked
  if (asked.length > 1)
    throw wrong('only one at a time', 'One of --csv, --parquet, --quantiles, --sensitivity, --plot.')
  if (file === 'plot') {
    if (!/\.(svg|png)$/i.test(picture!)) throw wrong('--plot is not understood', 'A file .svg or .png.')
    if (out !== undefined) throw wrong('--out is not for --plot', 'The file stands behind --plot itself.')
    return undefined
  }
  if (file !== undefined && json && out === undefined)
    throw wrong('--json without --out', `${file} is no JSON; --json alone gives the statistics.`)
  if (file === 'results.parquet' && out === undefined && process.stdout.isTTY)
    throw wrong('Parquet is not for a terminal', 'Write it into a file: --parquet -o results.parquet')
  return file ?? (out === undefined ? undefined : 'summary.json')
}

function wrong(title: string, detail: string): CommandFailure {
  return new CommandFailure(exitCodes.usage, { title, detail })
}

async function fetchFile(
  client: Client,
  id: string,
  file: ResultFile,
  { out, json }: Options,
): Promise<void> {
  const content = async () => (await client.stream(addressOf(id, file)))!
  if (out === undefined) {
    const { write } = logWriter(process.stdout)
    for await (const bytes of (await content()) as AsyncIterable<Uint8Array>) write(bytes)
    return
  }
  const { path, bytes } = await download(content, dirname(out), basename(out), () => {})
  if (json) return printJson({ file: path, bytes })
  printLine(path)
  notice(`${file}, ${bytesText(bytes)}`)
}

async function plot(
  client: Client,
  id: string,
  file: string,
  { metric, variable, json }: Options,
): Promise<void> {
  const { drawPlot } = await import('./plot.ts')
  const summary = await readSummary(client, id)
  const written = await drawPlot(summary, file, { metrics: metric, variables: variable })
  if (json) printJson(written)
  else printLine(written.file)
}

async function printTables(client: Client, ensemble: EnsembleView): Promise<void> {
  const summary = await readSummary(client, ensemble.id)
  printHead(ensemble)
  printLine(`  ${countsLine(summary)}`)
  printLine()
  for (const line of resultsLines(summary, process.stdout.columns ?? 120)) printLine(line)
}
