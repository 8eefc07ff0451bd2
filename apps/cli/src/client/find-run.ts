/**
 * Which submission a word means. Ids begin with the time, so their ends tell them apart: people are shown the letter
 * and the last six characters, and may give any end of at least four. `@last` is the asker's latest submission. A
 * member is named by its ensemble, however short, and its index: `e4f7k2q-17`, `@last-17`.
 */
import type { EnsembleList, EnsembleRow, RunList, RunRow } from '@carya/contracts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { pathOf, type Client } from './client.ts'

const FULL = /^[re][0-7][0-9a-hjkmnp-tv-z]{25}$/
const END = /^[0-9a-hjkmnp-tv-z]{4,27}$/
const MEMBER = /^(.+)-(\d{1,9})$/
/** Latest submissions that are looked through: a bounded number of bounded pages of each list. */
const PAGES = 10
const ROWS = 500
const SHORT = 6

type Row = RunRow | EnsembleRow
type Kind = 'run' | 'ensemble'

/** The id as people are shown it: `r4f7k2q`; a member keeps its index. */
export function shortId(id: string): string {
  const [whole = id, index] = id.split('-')
  return whole[0] + whole.slice(-SHORT) + (index === undefined ? '' : `-${index}`)
}

/** Whether an id ends as the word says, with or without the letter it begins with. */
export function endsWith(id: string, word: string): boolean {
  return id.endsWith(word) || (word.length > 4 && word[0] === id[0] && id.endsWith(word.slice(1)))
}

/** What a full id names. */
export function kindOf(id: string): Kind | 'member' {
  if (id.includes('-')) return 'member'
  return id.startsWith('e') ? 'ensemble' : 'run'
}

/** The full id of a run, an ensemble or a member; fails as wrong use where none, or more than one, is meant. */
export async function findSubmission(client: Client, word: string): Promise<string> {
  const [, ensemble, index] = MEMBER.exec(word) ?? []
  if (ensemble !== undefined) return `${await findEnsemble(client, ensemble)}-${Number(index)}`
  return find(client, word, ['run', 'ensemble'])
}

/** The full id of a run or of a member; fails as wrong use where an ensemble is meant, too. */
export async function findRun(client: Client, word: string): Promise<string> {
  const id = await findSubmission(client, word)
  if (kindOf(id) !== 'ensemble') return id
  const short = shortId(id)
  throw new CommandFailure(exitCodes.usage, {
    title: `${short} is an ensemble, not a run`,
    help: [`Name one of its members, for example ${short}-0, or see carya show ${short}`],
  })
}

/** The full id of an ensemble; `@last` is the asker's latest one. */
export async function findEnsemble(client: Client, word: string): Promise<string> {
  const id = await find(client, word, ['ensemble'])
  if (kindOf(id) === 'ensemble') return id
  throw new CommandFailure(exitCodes.usage, { title: `${shortId(id)} is a run, not an ensemble` })
}

async function find(client: Client, word: string, kinds: readonly Kind[]): Promise<string> {
  if (FULL.test(word)) return word
  if (word === '@last') return lastOf(client, kinds)
  if (!END.test(word))
    throw new CommandFailure(exitCodes.usage, {
      title: `That is no id of ${wordsFor(kinds)}`,
      errors: [{ value: word, detail: 'an id, at least four characters of its end, or @last' }],
    })
  const looks = await Promise.all(kinds.map((kind) => lookThrough(client, kind, word)))
  const found = looks.flatMap((look) => look.found)
  if (found.length === 1) return found[0]!.id
  if (found.length > 1) throw ambiguous(word, found)
  const looked = looks.reduce((sum, look) => sum + look.looked, 0)
  const more = looks.some((look) => look.more)
  throw notFound(word, kinds, looked, more)
}

async function lookThrough(client: Client, kind: Kind, word: string) {
  const found: Row[] = []
  let cursor: string | undefined
  let looked = 0
  for (let page = 0; page < PAGES && found.length < 20; page += 1) {
    const list = await listPage(client, kind, { limit: ROWS, cursor })
    found.push(...list.items.filter((row) => endsWith(row.id, word)))
    looked += list.items.length
    cursor = list.next
    if (cursor === undefined || (found.length === 1 && word.length > SHORT)) break
  }
  return { found, looked, more: cursor !== undefined }
}

/** A page of one of the two lists, newest first. A service that knows no ensembles has none. */
export async function listPage(
  client: Client,
  kind: Kind,
  query: Record<string, string | number | readonly string[] | undefined>,
): Promise<{ items: Row[]; next?: string | undefined }> {
  if (kind === 'run') return client.json<RunList>(pathOf('/v1/runs', query))
  return (await client.find<EnsembleList>(pathOf('/v1/ensembles', query), [404])) ?? { items: [] }
}

async function lastOf(client: Client, kinds: readonly Kind[]): Promise<string> {
  const query = { limit: 1, submitter: '@me' }
  const pages = await Promise.all(kinds.map((kind) => listPage(client, kind, query)))
  const [latest] = pages.flatMap(({ items }) => items).toSorted(latestFirst)
  if (latest) return latest.id
  throw new CommandFailure(exitCodes.usage, {
    title: `You have submitted no ${kinds.length === 1 ? kinds[0] : 'run'} yet`,
    help: [`See carya ${kinds[0]} --help`],
  })
}

/** Puts the one that was submitted later first; in one millisecond their ids decide. */
export function latestFirst(one: Row, other: Row): number {
  return Date.parse(other.createdAt) - Date.parse(one.createdAt) || other.id.localeCompare(one.id)
}

const wordsFor = (kinds: readonly Kind[]) => (kinds.length === 1 ? `an ${kinds[0]}` : 'a run or an ensemble')

function notFound(word: string, kinds: readonly Kind[], looked: number, more: boolean): CommandFailure {
  const where = more
    ? `the latest ${looked} submissions; for an older one give the whole id`
    : `${looked} submissions`
  return new CommandFailure(exitCodes.usage, {
    title: `No ${kinds.length === 1 ? `${kinds[0]}'s` : "run's or ensemble's"} id ends with ${word}`,
    detail: `Looked through ${where}.`,
    help: ['See carya ls'],
  })
}

function ambiguous(word: string, found: readonly Row[]): CommandFailure {
  return new CommandFailure(exitCodes.usage, {
    title: `${word} could be any of these`,
    errors: found.map((row) => ({ path: row.id, detail: `${row.model}, ${row.state}, ${row.createdAt}` })),
    help: ['Give more of its end.'],
  })
}
