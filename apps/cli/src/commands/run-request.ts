/** Builds the request for a run from words of the command line. */
import type { Model } from '@carya/contracts'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Client } from '../client/client.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { startStep } from '../terminal/progress.ts'
import { bytesText } from '../terminal/text.ts'
import { parsePairs, parseValue } from './name-value.ts'

export type RunWords = {
  param?: readonly string[]
  input?: readonly string[]
  label?: readonly string[]
  key?: string
  priority?: string
  pool?: string
  cpus?: string
  memory?: string
  memoryGrowth?: string
  memoryMost?: string
  runTimeout?: string
  deadline?: string
  after?: string
  lease?: string
  retries?: string
}

/** A request that may yet be refused. */
export type RunWish = { kind: 'run'; model: string } & Record<string, unknown>

/** The request; what is wrong with its values the service says. Local files are uploaded. */
export async function requestOf(
  client: Client,
  ref: string,
  words: RunWords,
  model: Model | undefined,
): Promise<RunWish> {
  const declared = model?.manifest.parameters ?? {}
  const params = [...parsePairs(words.param ?? [], '-p')].map(([name, text]) => [
    name,
    parseValue(text, declared[name]?.type),
  ])
  const labels = parsePairs(words.label ?? [], '--label')
  const pairs = parsePairs(words.input ?? [], '-i')
  const inputs: [string, string][] = []
  for (const [name, source] of pairs) inputs.push([name, await sourceOf(client, source)])
  const resources = {
    ...(words.cpus === undefined ? {} : { cpus: parseValue(words.cpus) }),
    ...(words.memory === undefined ? {} : { memory: parseValue(words.memory) }),
    ...(words.memoryGrowth === undefined ? {} : { memoryGrowth: parseValue(words.memoryGrowth) }),
    ...(words.memoryMost === undefined ? {} : { memoryMost: parseValue(words.memoryMost) }),
  }
  return {
    kind: 'run',
    model: ref,
    ...(params.length === 0 ? {} : { params: Object.fromEntries(params) }),
    ...(inputs.length === 0 ? {} : { inputs: Object.fromEntries(inputs) }),
    ...(labels.size === 0 ? {} : { labels: Object.fromEntries(labels) }),
    ...(Object.keys(resources).length === 0 ? {} : { resources }),
    ...(words.key === undefined ? {} : { key: words.key }),
    ...(words.pool === undefined ? {} : { pool: words.pool }),
    ...(words.runTimeout === undefined ? {} : { timeout: words.runTimeout }),
    ...(words.deadline === undefined ? {} : { deadline: words.deadline }),
    ...(words.after === undefined ? {} : { after: utcOf(words.after) }),
    ...(words.lease === undefined ? {} : { lease: words.lease }),
    ...(words.priority === undefined ? {} : { priority: parseValue(words.priority) }),
    ...(words.retries === undefined ? {} : { retries: parseValue(words.retries) }),
  }
}

/** The time in UTC: one without an offset is meant here, where it was typed. What is no time the service refuses. */
function utcOf(time: string): string {
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? time : date.toISOString()
}

/** A URL as it is; a local file as the URL it has once it is uploaded. */
async function sourceOf(client: Client, source: string): Promise<string> {
  if (/^(file:\/\/|https?:\/\/|store:)/.test(source)) return source
  const size = await stat(source).then(
    (stats) => (stats.isFile() ? stats.size : undefined),
    () => undefined,
  )
  if (size === undefined)
    throw new CommandFailure(exitCodes.usage, {
      title: 'An input is neither a file here nor a URL',
      errors: [
        { path: '-i', value: source, detail: 'a path of a file, or a URL: http(s)://…, file:///…, store:…' },
      ],
    })
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
