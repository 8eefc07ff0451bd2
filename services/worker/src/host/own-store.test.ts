import { ConfigError } from '@carya/contracts/settings'
import { expect, test } from 'vitest'
import { awaitOwnStore } from './own-store.ts'

/** A store that is the installation's at the nth look. */
function setUp(nth: number) {
  const told: string[] = []
  let looked = 0
  const store = { root: '/data', isOf: async () => (looked += 1) >= nth }
  const log = { warn: (_fields: object, message: string) => void told.push(message) }
  return { told, options: { store, installation: 'abc123', log, looks: 3, everyMs: 0 } }
}

test('the store of the installation is taken at once, and one that becomes it is waited for, with one word', async () => {
  const own = setUp(1)
  await awaitOwnStore(own.options, new AbortController().signal)
  expect(own.told).toEqual([])
  const later = setUp(3)
  await awaitOwnStore(later.options, new AbortController().signal)
  expect(later.told).toEqual([expect.stringContaining('waiting')])
})

test('one that stays another ends the worker, with the name of the setting; a stop ends the waiting', async () => {
  const other = setUp(4)
  await expect(awaitOwnStore(other.options, new AbortController().signal)).rejects.toThrow(ConfigError)
  await expect(awaitOwnStore(setUp(2).options, AbortSignal.abort())).rejects.toThrow('aborted')
})
