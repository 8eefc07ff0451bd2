import type { OutputList } from '@carya/contracts'
import type { Command } from 'commander'
import { pathOf, type Client } from '../client/client.ts'
import { findRun, shortId } from '../client/find-run.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { startStep } from '../terminal/progress.ts'
import { notice, printJson, printLine } from '../terminal/streams.ts'
import { bytesText, count, printable } from '../terminal/text.ts'
import { download } from './download.ts'
import { printTable } from './listing.ts'
import { logWriter } from './log-text.ts'
import { connect, withServiceOptions, type ServiceOptions } from './service.ts'
import { nearest } from '@carya/contracts/nearest'

type Output = OutputList['items'][number]
type Options = ServiceOptions & { output?: string; attempt?: string }
/** A run, and which of its attempts: the latest where none is named. */
type Of = { id: string; attempt?: string | undefined }

export function register(program: Command): void {
  const command = program
    .command('outputs')
    .description('list the outputs of a run, print one, or download them')
    .argument('<id>', 'the run: its id, at least four characters of its end, or @last')
    .argument('[name]', 'only this output; without -o it is printed')
    .option('--attempt <n>', 'of this attempt; without it of the latest')
    .option('-o, --output <folder>', 'download into this folder')
  withServiceOptions(command).action(async (word: string, name: string | undefined, options: Options) => {
    const client = await connect(options)
    const id = await findRun(client, word)
    const of: Of = { id, attempt: options.attempt }
    if (name !== undefined && options.output === undefined) return print(client, of, name)
    const files = await listAll(client, of.id, of.attempt)
    const wanted = name === undefined ? files : files.filter((file) => file.name === name)
    if (name !== undefined && wanted.length === 0) throw noOutput(id, name, files)
    if (options.output !== undefined) return downloadAll(client, of, wanted, options.output, options.json)
    if (options.json) return printJson({ items: wanted.map((file) => absolute(client, file)) })
    const size = { title: 'SIZE', align: 'right', cell: (file: Output) => bytesText(file.bytes) } as const
    printTable(wanted, [{ title: 'NAME', cell: (file) => file.name }, size], 'No outputs.')
  })
}

/** All output files that can be listed, of the latest attempt where none is named; what cannot is said on stderr. */
export async function listAll(client: Client, id: string, attempt?: string): Promise<Output[]> {
  const files: Output[] = []
  let cursor: string | undefined
  do {
    const page = await client.json<OutputList>(
      pathOf(`/v1/runs/${id}/outputs`, { limit: 500, cursor, attempt }),
    )
    files.push(...page.items)
    cursor = page.next
    if (cursor === undefined && page.total > files.length)
      notice(`Only ${files.length} of ${count(page.total, 'file')} can be listed.`)
    if (cursor === undefined && page.failure)
      notice(
        `These are of attempt ${page.attempt}, which failed: ${page.failure.kind}, ${printable(page.failure.detail)}`,
      )
    if (cursor === undefined) for (const note of page.notes ?? []) notice(note)
  } while (cursor !== undefined)
  return files
}

async function print(client: Client, of: Of, name: string): Promise<void> {
  const stream = await client.stream(addressOf(of.id, name, of.attempt), { unless: [404] })
  if (!stream) throw noOutput(of.id, name, await listAll(client, of.id, of.attempt))
  const { write } = logWriter(process.stdout)
  for await (const bytes of stream as AsyncIterable<Uint8Array>) write(bytes)
}

async function downloadAll(
  client: Client,
  of: Of,
  files: readonly Output[],
  folder: string,
  json = false,
): Promise<void> {
  const total = files.reduce((sum, file) => sum + file.bytes, 0)
  const step = json
    ? undefined
    : startStep(`downloading ${count(files.length, 'file')} (${bytesText(total)})`)
  const written: { name: string; path: string; bytes: number }[] = []
  let done = 0
  try {
    for (const [i, { name }] of files.entries()) {
      const content = async () => (await client.stream(addressOf(of.id, name, of.attempt)))!
      const { path, bytes } = await download(content, folder, name, (more) => {
        done += more
        step?.update(`${i + 1} of ${files.length}: ${name}`, total === 0 ? 1 : Math.min(1, done / total))
      })
      written.push({ name, path, bytes })
    }
  } catch (error) {
    step?.fail()
    throw error
  }
  step?.done(`downloaded ${count(files.length, 'file')} (${bytesText(total)})`)
  if (json) printJson({ items: written })
  else for (const { path } of written) printLine(path)
}

/** Where the API has an output. */
export function addressOf(id: string, name: string, attempt?: string): string {
  return pathOf(`/v1/runs/${id}/outputs/${name.split('/').map(encodeURIComponent).join('/')}`, { attempt })
}

function absolute({ context }: Client, file: Output): Output {
  return file.url === undefined ? file : { ...file, url: new URL(file.url, context.api).href }
}

function noOutput(id: string, name: string, files: readonly Output[]): CommandFailure {
  const near = nearest(
    name,
    files.map((file) => file.name),
  )
  return new CommandFailure(exitCodes.usage, {
    title: `${shortId(id)} has no output ${name}`,
    help: [near === undefined ? `See carya outputs ${shortId(id)}` : `Did you mean ${near}?`],
  })
}
