import { expect, test } from 'vitest'
import { START } from '../domain/sample.fixture.ts'
import { sampleEnsemble, sampleSpec } from '../domain/ensemble.fixture.ts'
import { checkTable } from './check-table.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

function setUp(isTaken = false) {
  const reading: string[] = []
  const ends: (() => void)[] = []
  const released: string[] = []
  const check = checkTable({
    ensembles: {
      read: async (id) => sampleEnsemble({ id, state: 'checking' }),
      spec: async ({ id }) =>
        sampleSpec({ id, table: { url: 'https://x.org/t.csv', format: 'csv', columns: [] } }),
      claimResults: async (id) => (isTaken ? undefined : { release: async () => void released.push(id) }),
    },
    files: {
      async takeTable(id) {
        reading.push(id)
        await new Promise<void>((resolve) => ends.push(resolve))
        return { rows: 1, columns: [] }
      },
    },
    change: async () => 'unknown',
    touched: () => {},
    clock: { now: () => 0, iso: () => START },
    isAway: () => false,
    log: { debug() {}, info() {}, warn() {}, error() {} },
  })
  return { check, reading, ends, released }
}

test('a few tables are read at once, and each once', async () => {
  const { check, reading, ends, released } = setUp()
  const ids = Array.from({ length: 20 }, (_, i) => `e${i}`)
  for (const id of [...ids, ...ids]) check(id)
  await turn()
  const first = [...reading]
  expect(first.length).toBeLessThan(ids.length)
  expect(new Set(first).size).toBe(first.length)
  for (const end of ends.splice(0)) end()
  await turn()
  expect(released).toEqual(first)
  check('e19')
  await turn()
  expect(reading.at(-1)).toBe('e19')
})

test('a table that another dispatcher reads is left to it', async () => {
  const { check, reading } = setUp(true)
  check('e1')
  await turn()
  expect(reading).toEqual([])
})
