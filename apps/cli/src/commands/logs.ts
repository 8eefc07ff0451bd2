import type { RunView } from '@carya/contracts'
import type { Command } from 'commander'
import type { Client } from '../client/client.ts'
import { findRun } from '../client/find-run.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { notice, printJson } from '../terminal/streams.ts'
import { followLog } from './follow-log.ts'
import { logWriter, readLastLines, readStored, type Place } from './log-text.ts'
import { patienceFor } from './patience.ts'
import { withAddresses } from './run-text.ts'
import { connect, withServiceOptions, type ServiceOptions } from './service.ts'
import { exitCodeOf } from './states.ts'

type Options = ServiceOptions & { follow?: boolean; tail?: string; attempt?: string }

export function register(program: Command): void {
  const command = program
    .command('logs')
    .description('print the log of a run: what its model wrote to stdout and stderr')
    .argument('<id>', 'the run: its id, at least four characters of its end, or @last')
    .option('-f, --follow', 'go on until the run ends; then exit as run --wait does')
    .option('--tail <lines>', 'begin with the last so many lines')
    .option('--attempt <n>', 'of this attempt, not the latest')
  withServiceOptions(command).action(showLog)
}

async function showLog(word: string, options: Options): Promise<void> {
  const tail = wholeNumber('--tail', options.tail, 0)
  const attempt = wholeNumber('--attempt', options.attempt, 1)
  if (options.follow && attempt !== undefined)
    throw wrong('--attempt', options.attempt, 'cannot be followed by -f')
  const client = await connect(options)
  const id = await findRun(client, word)
  if (options.follow) await follow(client, id, tail, options.json)
  else if (options.json) await printDocument(client, { id, attempt }, tail)
  else {
    await notThere(client, { id, attempt })
    const writer = logWriter(process.stdout)
    if (tail === undefined) await readStored(client, { id, attempt }, { from: 0 }, writer.write)
    else writer.write((await readLastLines(client, { id, attempt }, tail)).bytes)
  }
}

async function follow(client: Client, id: string, tail: number | undefined, json = false): Promise<void> {
  using patience = patienceFor(id)
  const writer = logWriter(process.stdout)
  const decoder = new TextDecoder()
  const write = (bytes: Uint8Array, attempt: number) =>
    json
      ? printJson({ kind: 'log', run: id, attempt, text: decoder.decode(bytes, { stream: true }) }, 'line')
      : writer.write(bytes)
  const run = await followLog(client, id, { tail, signal: patience.signal, write, notice })
  process.exitCode = exitCodeOf(run.state)
  if (json) printJson(withAddresses(client, run), 'line')
  else notice(`${run.state}${run.failure ? `: ${run.failure.kind}, ${run.failure.detail}` : ''}`)
}

async function printDocument(client: Client, place: Place, tail: number | undefined): Promise<void> {
  await notThere(client, place)
  const chunks: Uint8Array[] = []
  if (tail === undefined) await readStored(client, place, { from: 0 }, (bytes) => chunks.push(bytes))
  else chunks.push((await readLastLines(client, place, tail)).bytes)
  printJson({ run: place.id, attempt: place.attempt, text: Buffer.concat(chunks).toString('utf8') })
}

/** Fails where there is no log, with what the service says of it; a running one may have none yet. */
async function notThere(client: Client, { id, attempt }: Place): Promise<void> {
  const run = await client.json<RunView>(`/v1/runs/${id}`)
  if (run.attempts.some((one) => attempt === undefined || one.attempt === attempt)) return
  const title = attempt === undefined ? 'There is no log yet' : `There is no attempt ${attempt}`
  throw new CommandFailure(exitCodes.usage, { title, detail: `The run is ${run.state}.` })
}

function wholeNumber(option: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text)
  throw wrong(option, text, `a whole number from ${least} on`)
}

function wrong(option: string, value: unknown, detail: string): CommandFailure {
  const errors = [{ path: option, value, detail }]
  return new CommandFailure(exitCodes.usage, { title: `${option} is not understood`, errors })
}
