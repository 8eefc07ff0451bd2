/** Inputs and tables on their way to the service: a local file becomes a URL that workers can read. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Client } from '../client/client.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { startStep } from '../terminal/progress.ts'
import { bytesText } from '../terminal/text.ts'

const A_SOURCE = 'a file that is here, or a URL: http(s)://…, file:///…, store:…'

/** Whether a source is a URL already. */
export const isUrl = (source: string): boolean => /^(file:\/\/|https?:\/\/|store:)/.test(source)

/** A URL as it is; a local file as the URL it has once it is uploaded. `option` is for the message. */
export async function sourceOf(client: Client, source: string, option = '-i'): Promise<string> {
  if (isUrl(source)) return source
  const size = await sizeOf(source, option)
  const step = startStep(`uploading ${basename(source)}`)
  const body = createReadStream(source)
  let sent = 0
  body.on('data', (chunk) => {
    sent += chunk.length
    step.update(`${bytesText(sent)} of ${bytesText(size)}`, size === 0 ? 1 : sent / size)
  })
  try {
    const headers = { 'content-length': String(size) }
    const { url } = await client.json<{ url: string }>('/v1/files', { method: 'PUT', body, headers })
    step.done(`uploaded ${basename(source)} (${bytesText(size)})`)
    return url
  } catch (error) {
    step.fail()
    throw error
  }
}

/** The URL that a local file would have, without uploading it. */
export async function futureSourceOf(source: string, option = '-i'): Promise<string> {
  if (isUrl(source)) return source
  await sizeOf(source, option)
  const hash = createHash('sha256')
  await pipeline(createReadStream(source), hash)
  return `store:sha256/${hash.digest('hex')}`
}

/** Bytes of a local file; fails as wrong use where there is none. */
async function sizeOf(source: string, option: string): Promise<number> {
  const stats = await stat(source).catch(() => undefined)
  if (stats?.isFile()) return stats.size
  const isFolder = stats?.isDirectory() === true
  throw new CommandFailure(exitCodes.usage, {
    title: `${option === '--table' ? 'A table' : 'An input'} is neither a file here nor a URL`,
    errors: [{ path: option, value: source, detail: isFolder ? 'a file: this is a folder' : A_SOURCE }],
    help:
      isFolder && option !== '--table'
        ? [
            'Give it as an archive, of an input that the manifest says to unpack:',
            `  tar -czf ${basename(resolve(source))}.tar.gz -C ${source} .`,
          ]
        : [],
  })
}
