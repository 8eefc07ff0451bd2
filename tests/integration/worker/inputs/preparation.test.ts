/** Preparations that wait for a server: what else can go on beside them. */
import { expect, test } from 'vitest'
import { serveFiles } from '../../../support/file-server.ts'
import { until } from '../../../support/until.ts'
import { cacheIn, folderOfOurs, jobOf, never, preparationIn } from './preparing.ts'

/** More than there are turns of any kind. */
const MANY = 100

test('preparations that wait for a server keep no others back, and those that are let go wait no more', async () => {
  await using folder = await folderOfOurs()
  // hears requests and never answers
  using server = await serveFiles(() => {})
  const { cache } = await cacheIn(`${folder.path}/cache`)
  const preparation = await preparationIn(folder.path, cache)
  const letGo = new AbortController()
  const told = new Set<string>()
  const waiting = Array.from({ length: MANY }, (_, index) =>
    preparation.prepare(jobOf({ drivers: { url: server.at(String(index)) } }), {
      signal: letGo.signal,
      tell: (how) => told.add(how),
    }),
  )
  const ends = Promise.allSettled(waiting)
  await until('the server was asked', () => server.asked.length > 0)
  expect(await preparation.prepare(jobOf(), { signal: never })).toHaveProperty('image')
  expect([...told]).toEqual(['fetches input drivers'])
  letGo.abort(new Error('let go'))
  for (const end of await ends) expect(end).toMatchObject({ status: 'rejected', reason: letGo.signal.reason })
})
