/** Builds the request for an ensemble from words of the command line. */
import type { Model } from '@carya/contracts'
import { readFile } from 'node:fs/promises'
import type { Client } from '../client/client.ts'
import { parseValue } from '../commands/name-value.ts'
import { inputsOf, paramsOf, taskOf, type TaskWords } from '../commands/run-request.ts'
import { futureSourceOf, isUrl, sourceOf } from '../commands/upload.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { designOf, failurePolicyOf, type DesignWish, type DesignWords } from './design.ts'
import { parseVary } from './vary.ts'

export type EnsembleWords = TaskWords &
  DesignWords & {
    vary?: readonly string[]
    designFile?: string
    maxParallel?: string
    fail?: string
    dryRun?: boolean
  }

/** A request that may yet be refused. */
export type EnsembleWish = { kind: 'ensemble'; model: string } & Record<string, unknown>

/**
 * The request; what is wrong with its values the service says. Local files are uploaded once all words are understood;
 * for a dry run they stay here, and only have the URL that they would get.
 */
export async function ensembleRequestOf(
  client: Client,
  ref: string,
  words: EnsembleWords,
  model: Model | undefined,
): Promise<EnsembleWish> {
  const urlOf = (source: string, option?: string) =>
    words.dryRun ? futureSourceOf(source, option) : sourceOf(client, source, option)
  const design = words.designFile === undefined ? designOfWords(words, model) : await readDesign(words)
  const failure = words.fail === undefined ? undefined : failurePolicyOf(words.fail)
  const params = paramsOf(words, model)
  const task = taskOf(words)
  const { inputs } = await inputsOf(words, urlOf)
  const base = {
    ...(params === undefined ? {} : { params }),
    ...(inputs === undefined ? {} : { inputs }),
  }
  return {
    kind: 'ensemble',
    model: ref,
    design: await withSources(design, urlOf),
    ...(Object.keys(base).length === 0 ? {} : { base }),
    ...(words.maxParallel === undefined ? {} : { maxParallel: parseValue(words.maxParallel) }),
    ...(failure === undefined ? {} : { failure }),
    ...task,
  }
}

function designOfWords(words: EnsembleWords, model: Model | undefined): DesignWish {
  return designOf(words, parseVary(words.vary ?? [], model?.manifest.parameters))
}

/** The design in a file, as the request has it; the service says what is wrong in it. */
async function readDesign({ designFile = '', vary, design, samples, seed, table }: EnsembleWords) {
  const refused = (detail: string) =>
    new CommandFailure(exitCodes.usage, {
      title: '--design-file is not understood',
      errors: [{ path: '--design-file', value: designFile, detail }],
    })
  if ([vary, design, samples, seed, table].some((word) => word !== undefined))
    throw refused('not with --vary, --design, --samples, --seed or --table: the file says it all')
  try {
    const found: DesignWish = JSON.parse(await readFile(designFile, 'utf8'))
    return found
  } catch (error) {
    throw refused(error instanceof Error ? error.message : String(error))
  }
}

type UrlOf = (source: string, option?: string) => Promise<string>

/** The design with a URL for each file that it names: its table, and inputs that vary. */
async function withSources(design: DesignWish, urlOf: UrlOf): Promise<DesignWish> {
  const { kind, url, vary } = design
  if (kind === 'table' && typeof url === 'string') {
    const format = formatOf(url)
    return { ...design, url: await urlOf(url, '--table'), ...(format && { format }) }
  }
  if (typeof vary !== 'object' || vary === null) return design
  const ways: [string, unknown][] = []
  for (const [name, way] of Object.entries(vary))
    ways.push([name, name.startsWith('input.') ? await withUrls(way, name, urlOf) : way])
  return { ...design, vary: Object.fromEntries(ways) }
}

async function withUrls(way: unknown, name: string, urlOf: UrlOf): Promise<unknown> {
  const values: unknown = Reflect.get(Object(way), 'values')
  if (!Array.isArray(values)) return way
  const urls: unknown[] = []
  for (const value of values)
    urls.push(typeof value === 'string' ? await urlOf(value, `--vary ${name}`) : value)
  return { ...Object(way), values: urls }
}

/** By the end of its name. A file that says neither is refused; of a URL the service finds it out. */
function formatOf(source: string): 'csv' | 'parquet' | undefined {
  const path = isUrl(source) ? (URL.parse(source)?.pathname ?? source) : source
  if (/\.csv$/i.test(path)) return 'csv'
  if (/\.(parquet|pq)$/i.test(path)) return 'parquet'
  if (isUrl(source)) return undefined
  throw new CommandFailure(exitCodes.usage, {
    title: '--table is not understood',
    errors: [{ path: '--table', value: source, detail: 'a file that ends in .csv or .parquet, or a URL' }],
  })
}
