import { StoreError } from '@carya/store'
import { expect, test } from 'vitest'
import { Unavailable } from './api.ts'
import { endedRuns } from './ended-runs.ts'

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
