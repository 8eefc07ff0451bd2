import { expect, test } from 'vitest'
import { NOBODY, ownerOfNewStore, serviceOwner } from './owner.ts'

test('a store belongs to whoever makes it, and nothing ever runs as root', () => {
  expect(ownerOfNewStore({ uid: 1000, gid: 100 }, {})).toEqual({ uid: 1000, gid: 100 })
  expect(ownerOfNewStore({ uid: 0, gid: 0 }, {})).toEqual(NOBODY)
  expect(serviceOwner({ uid: 0, gid: 0 })).toEqual(NOBODY)
  expect(serviceOwner({ uid: 1000, gid: 100 })).toEqual({ uid: 1000, gid: 100 })
})

test('under sudo it belongs to the user behind it', () => {
  expect(ownerOfNewStore({ uid: 0, gid: 0 }, { SUDO_UID: '1000', SUDO_GID: '100' })).toEqual({
    uid: 1000,
    gid: 100,
  })
  expect(ownerOfNewStore({ uid: 0, gid: 0 }, { SUDO_UID: '0', SUDO_GID: '0' })).toEqual(NOBODY)
})
