/** Builds the request for a run from words of the command line. */
import type { Model } from '@carya/contracts'
import type { Client } from '../client/client.ts'
import { parsePairs, parseValue } from './name-value.ts'
import { sourceOf } from './upload.ts'

/** Words that say how a thing is run, whatever it is: a run, or each member of an ensemble. */
export type TaskWords = {
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
  disk?: string
  runTimeout?: string
  lease?: string
  retries?: string
}

export type RunWords = TaskWords & { deadline?: string; after?: string }

/** A request that may yet be refused. */
export type RunWish = { kind: 'run'; model: string } & Record<string, unknown>

/** The request; what is wrong with its values the service says. Local files are uploaded. */
export async function requestOf(
  client: Client,
  ref: string,
  words: RunWords,
  model: Model | undefined,
): Promise<RunWish> {
  const params = paramsOf(words, model)
  return {
    kind: 'run',
    model: ref,
    ...(params === undefined ? {} : { params }),
    ...(await inputsOf(words, (source) => sourceOf(client, source))),
    ...taskOf(words),
    ...(words.deadline === undefined ? {} : { deadline: words.deadline }),
    ...(words.after === undefined ? {} : { after: utcOf(words.after) }),
  }
}

/** The parameters by `-p`, each as the model declares it; undefined where none is given. */
export function paramsOf({ param = [] }: TaskWords, model: Model | undefined) {
  const declared = model?.manifest.parameters ?? {}
  const params = [...parsePairs(param, '-p')].map(([name, text]) => [
    name,
    parseValue(text, declared[name]?.type),
  ])
  return params.length === 0 ? undefined : Object.fromEntries(params)
}

/** The inputs by `-i`, as a field of the request; empty where none is given. `urlOf` gives the URL of a source. */
export async function inputsOf(
  { input = [] }: TaskWords,
  urlOf: (source: string) => Promise<string>,
): Promise<{ inputs?: Record<string, string> }> {
  const inputs: [string, string][] = []
  for (const [name, source] of parsePairs(input, '-i')) inputs.push([name, await urlOf(source)])
  return inputs.length === 0 ? {} : { inputs: Object.fromEntries(inputs) }
}

/** What all requests have in common. */
export function taskOf(words: TaskWords): Record<string, unknown> {
  const labels = parsePairs(words.label ?? [], '--label')
  const resources = {
    ...(words.cpus === undefined ? {} : { cpus: parseValue(words.cpus) }),
    ...(words.memory === undefined ? {} : { memory: parseValue(words.memory) }),
    ...(words.memoryGrowth === undefined ? {} : { memoryGrowth: parseValue(words.memoryGrowth) }),
    ...(words.memoryMost === undefined ? {} : { memoryMost: parseValue(words.memoryMost) }),
    ...(words.disk === undefined ? {} : { disk: parseValue(words.disk) }),
  }
  return {
    ...(labels.size === 0 ? {} : { labels: Object.fromEntries(labels) }),
    ...(Object.keys(resources).length === 0 ? {} : { resources }),
    ...(words.key === undefined ? {} : { key: words.key }),
    ...(words.pool === undefined ? {} : { pool: words.pool }),
    ...(words.runTimeout === undefined ? {} : { timeout: words.runTimeout }),
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
