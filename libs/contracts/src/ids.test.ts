import { expect, test } from 'vitest'
import { newId, newNonce, Nonce, RunId, toUlid } from './ids.ts'

test('sixteen bytes become the ULID that its specification gives', () => {
  expect(toUlid(new Uint8Array(16))).toBe('0'.repeat(26))
  expect(toUlid(new Uint8Array(16).fill(255))).toBe(`7${'z'.repeat(25)}`)
})

test('new ids keep their grammar and sort by time', () => {
  const early = newId('r')
  const millisecond = Date.now()
  while (Date.now() === millisecond);
  const late = newId('r')
  expect(early < late).toBe(true)
  expect(RunId.safeParse(early).success).toBe(true)
  expect(Nonce.safeParse(newNonce()).success).toBe(true)
})

test('a member is its ensemble and its index', () => {
  const ensemble = newId('e')
  expect(RunId.safeParse(`${ensemble}-0`).success).toBe(true)
  for (const wrong of [ensemble, `${ensemble}-01`, `${ensemble}--1`, `${ensemble}-1/..`])
    expect(RunId.safeParse(wrong).success, wrong).toBe(false)
})
