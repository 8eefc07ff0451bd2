/**
 * Which run a word means. Ids begin with the time, so their ends tell them apart: people are shown the letter and
 * the last six characters, and may give any end of at least four. `@last` is the asker's latest submission.
 */
import type { RunList, RunRow } from '@carya/contracts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { pathOf, type Client } from './client.ts'

const FULL = /^(r[0-7][0-9a-hjkmnp-tv-z]{25}|e[0-7][0-9a-hjkmnp-tv-z]{25}-\d{1,9})$/
const END = /^[0-9a-hjkmnp-tv-z]{4,26}$/
/** Latest submissions that are looked through: a bounded number of bounded pages. */
const PAGES = 10
const ROWS = 500
const SHORT = 6

/** The id as people are shown it: `r4f7k2q`; a member keeps its index. */
export function shortId(id: string): string {
  const [whole = id, index] = id.split('-')
  return whole[0] + whole.slice(-SHORT) + (index === undefined ? '' : `-${index}`)
}

/** Whether an id ends as the word says, with or without the letter it begins with. */
export function endsWith(id: string, word: string): boolean {
  return id.endsWith(word) || (word.length > 4 && word[0] === id[0] && id.endsWith(word.slice(1)))
}

/** The full id; fails as wrong use where no run, or more than one, is meant. */
export async function findRun(client: Client, word: string): Promise<string> {
  if (FULL.test(word)) return word
  if (word === '@last') return lastOf(client)
  if (!END.test(word))
    throw new CommandFailure(exitCodes.usage, {
      title: 'That is no id of a run',
      errors: [{ value: word, detail: 'a run id, at least four characters of its end, or @last' }],
    })
  const found: RunRow[] = []
  let cursor: string | undefined
  let looked = 0
  for (let page = 0; page < PAGES && found.length < 20; page += 1) {
    const list = await client.json<RunList>(pathOf('/v1/runs', { limit: ROWS, cursor }))
    found.push(...list.items.filter((run) => endsWith(run.id, word)))
    looked += list.items.length
    cursor = list.next
    if (cursor === undefined || (found.length === 1 && word.length > SHORT)) break
  }
  if (found.length === 1) return found[0]!.id
  throw found.length === 0 ? notFound(word, looked, cursor !== undefined) : ambiguous(word, found)
}

async function lastOf(client: Client): Promise<string> {
  const { items } = await client.json<RunList>(pathOf('/v1/runs', { limit: 1, submitter: '@me' }))
  if (items[0]) return items[0].id
  throw new CommandFailure(exitCodes.usage, {
    title: 'You have submitted no run yet',
    help: ['See carya run --help'],
  })
}

function notFound(word: string, looked: number, more: boolean): CommandFailure {
  const where = more
    ? `the latest ${looked} submissions; for an older one give the whole id`
    : `${looked} submissions`
  return new CommandFailure(exitCodes.usage, {
    title: `No run's id ends with ${word}`,
    detail: `Looked through ${where}.`,
    help: ['See carya ls'],
  })
}

function ambiguous(word: string, found: readonly RunRow[]): CommandFailure {
  return new CommandFailure(exitCodes.usage, {
    title: `${word} could be any of these`,
    errors: found.map((run) => ({ path: run.id, detail: `${run.model}, ${run.state}, ${run.createdAt}` })),
    help: ['Give more of its end.'],
  })
}
