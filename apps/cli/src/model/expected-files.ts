/** What the outputs of a model's test must be. Its manifest may be anybody's, so it chooses little of what is read. */
import type { ModelTest } from '@carya/contracts'
import { createHash } from 'node:crypto'
import type { Client } from '../client/client.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { bytesWithin, MOST_COMPARED } from './bytes-within.ts'

/** The files by the names of the outputs. Fails, naming the one, where one cannot be read or all are too much. */
export async function expectedFiles(
  client: Client,
  { outputs = {} }: ModelTest,
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  let room = MOST_COMPARED
  for (const [name, source] of Object.entries(outputs)) {
    const { url, sha256 } = typeof source === 'string' ? { url: source, sha256: undefined } : source
    if (url.startsWith('file:')) throw unreadable(name, url, NOT_HERE)
    const content = await contentOf(client, url, room).catch((error: Error) => {
      throw unreadable(name, url, error instanceof CommandFailure ? error.problem.title : error.message)
    })
    if (!content) throw unreadable(name, url, 'the files of a test are more than 64 MiB together')
    if (sha256 !== undefined && createHash('sha256').update(content).digest('hex') !== sha256)
      throw unreadable(name, url, 'it has another SHA-256 than the manifest says')
    files.set(name, content)
    room -= content.length
  }
  return files
}

async function contentOf(client: Client, url: string, room: number): Promise<Uint8Array | undefined> {
  if (url.startsWith('store:sha256/')) {
    const stream = await client.stream(`/v1/files/${url.slice('store:sha256/'.length)}`)
    return bytesWithin(stream!, room)
  }
  const { fetchUrl } = await import('@carya/fetch')
  // it does not decide which hosts of this network are asked
  const signal = AbortSignal.timeout(FETCH_MS)
  return bytesWithin(fetchUrl(url, { allowPrivate: false, signal }), room)
}

const FETCH_MS = 10 * 60_000
const NOT_HERE =
  'no file of this machine is read for a test: name it by its path beside model.yaml, and it is uploaded'

function unreadable(name: string, url: string, detail: string): CommandFailure {
  return new CommandFailure(exitCodes.failed, {
    title: 'What the test expects cannot be read',
    errors: [{ path: `test.outputs.${name}`, value: url, detail }],
  })
}
