import type { EnsembleRow, RunRow } from '@carya/contracts'
import { describe, expect, test } from 'vitest'
import type { Client } from './client.ts'
import { endsWith, findEnsemble, findRun, findSubmission, kindOf, shortId } from './find-run.ts'

const id = 'r01jd7x8c6vqqqqqqqqqr4f7k2q'
const other = 'e01jd7x8c6vqqqqqqqqqrazzzz2'
const older = 'e01jd7x8c6vqqqqqqqqqraaaa2q'

test('an id is shown by its letter and its end', () => {
  expect(shortId(id)).toBe('r4f7k2q')
  expect(shortId('e01jd7x8c6vqqqqqqqqqr4f7k2q-17')).toBe('e4f7k2q-17')
})

test.each([
  [shortId(id), true],
  ['f7k2q', true],
  ['7k2q', true],
  ['r4f7k2q', true],
  ['rr4f7k2q', true],
  ['rk2q', false],
  ['e4f7k2q', false],
  ['01jd', false],
])('%s: %s', (word, means) => {
  expect(endsWith(id, word)).toBe(means)
})

test('an id says what it names', () => {
  expect([id, other, `${other}-0`].map(kindOf)).toEqual(['run', 'ensemble', 'member'])
})

const row = { submitter: 'ann', model: 'dalec@1.0.0', labels: {} }
const counts = { pending: 0, queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0 }
const runs: RunRow[] = [{ ...row, id, state: 'running', createdAt: '2026-01-01T00:00:02Z' }]
const ensembles: EnsembleRow[] = [
  { ...row, id: other, state: 'running', members: counts, createdAt: '2026-01-01T00:00:03Z' },
  { ...row, id: older, state: 'running', members: counts, createdAt: '2026-01-01T00:00:01Z' },
]

/** A service that lists these. */
function service(lists: { runs?: RunRow[]; ensembles?: EnsembleRow[] }): Client {
  const answer = (path: string) => {
    const items: object[] = (path.startsWith('/v1/ensembles') ? lists.ensembles : lists.runs) ?? []
    return { items: path.includes('limit=1&') ? items.slice(0, 1) : items }
  }
  const give = async <T>(path: string): Promise<T> => {
    const found: T = JSON.parse(JSON.stringify(answer(path)))
    return found
  }
  const context = { api: new URL('http://127.0.0.1'), token: '', source: 'a test' }
  return { context, json: give, find: give, stream: async () => undefined }
}

const all = service({ runs, ensembles })

describe('which submission', () => {
  test.each([
    [shortId(id), id],
    [shortId(other), other],
    ['zzz2', other],
    ['@last', other],
    [`${shortId(other)}-17`, `${other}-17`],
    ['zzz2-017', `${other}-17`],
    ['@last-0', `${other}-0`],
    [id, id],
    [`${older}-3`, `${older}-3`],
  ])('%s is %s', async (word, found) => {
    expect(await findSubmission(all, word)).toBe(found)
  })

  test.each(['abc', '../x', '@first', 'zzzzz', 'r4f7k2q-1', ''])('%s is none', async (word) => {
    await expect(findSubmission(all, word)).rejects.toMatchObject({ code: 2 })
  })

  test('an end that a run and an ensemble share names both', async () => {
    const twin = { ...ensembles[0]!, id: `e${'0'.repeat(20)}4f7k2q` }
    await expect(findSubmission(service({ runs, ensembles: [twin] }), '7k2q')).rejects.toMatchObject({
      code: 2,
      problem: { errors: [{ path: id }, { path: twin.id }] },
    })
    expect(await findSubmission(service({ runs, ensembles: [twin] }), 'r4f7k2q')).toBe(id)
  })

  test('@last is the latest of both lists; of none it is said', async () => {
    expect(await findSubmission(service({ runs, ensembles: [ensembles[1]!] }), '@last')).toBe(id)
    await expect(findSubmission(service({}), '@last')).rejects.toMatchObject({ code: 2 })
  })
})

test('where a run is wanted, an ensemble is refused with how a member is named; a member is a run', async () => {
  await expect(findRun(all, '@last')).rejects.toMatchObject({
    code: 2,
    problem: { help: [expect.stringContaining(`${shortId(other)}-0`)] },
  })
  expect(await findRun(all, 'zzz2-4')).toBe(`${other}-4`)
})

test('where an ensemble is wanted, @last is the latest one, and a run is refused', async () => {
  const latest = { ...runs[0]!, createdAt: '2026-01-02T00:00:00Z' }
  expect(await findEnsemble(service({ runs: [latest], ensembles }), '@last')).toBe(other)
  await expect(findEnsemble(all, id)).rejects.toMatchObject({ code: 2 })
  await expect(findEnsemble(all, shortId(id))).rejects.toMatchObject({ code: 2 })
})
