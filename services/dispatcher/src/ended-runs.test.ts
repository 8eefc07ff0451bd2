import { StoreError } from '@carya/store'
import { expect, test } from 'vitest'
import { Unavailable } from './api.ts'
import { endedRuns, recordWriter } from './ended-runs.ts'

const failing = (err: Error) =>
  endedRuns({
    async readRun() {
      throw err
    },
  })

test.each(['EIO', 'ESTALE', 'ENOTCONN', 'EACCES'])('a store that says %s is away', async (code) => {
  const err = Object.assign(new Error(`${code}: read`), { code })
  await expect(failing(err).find('r')).rejects.toThrow(Unavailable)
})

test('what somebody else has put in the place of a record says nothing', async () => {
  expect(await failing(new StoreError('not_a_file', 'a link')).find('r')).toBeUndefined()
  expect(await failing(new SyntaxError('no JSON')).find('r')).toBeUndefined()
  expect(await endedRuns({ readRun: async () => ({ id: 'another' }) }).find('r')).toBeUndefined()
})

const ENSEMBLE = 'e01k00000000000000000000000'
const silent = { info() {}, warn() {}, error() {}, debug() {} }

test('a record of an ensemble is not put back by an earlier one that comes late, or twice', async () => {
  let file: unknown
  const write = recordWriter(
    {
      async writeRun() {},
      async readEnsemble() {
        return file
      },
      async writeEnsemble(_id, record) {
        file = record
      },
    },
    silent,
  )
  await Promise.all([
    write({ id: ENSEMBLE, state: 'succeeded' }, 7),
    write({ id: ENSEMBLE, state: 'running' }, 5),
  ])
  expect(file).toEqual({ id: ENSEMBLE, state: 'succeeded', seq: 7 })
  await write({ id: ENSEMBLE, state: 'succeeded', results: 'complete' }, 9)
  expect(file).toMatchObject({ results: 'complete', seq: 9 })
})
