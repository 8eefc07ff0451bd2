/**
 * Ids: `r` (run) or `e` (ensemble) and a lower-case ULID, which is a UUIDv7's 16 bytes in Crockford's base 32.
 * They sort by time of creation; a member's id is `<ensemble>-<index>`.
 */
import { randomBytes, randomUUIDv7 } from 'node:crypto'
import { z } from 'zod'

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const ULID = '[0-7][0-9a-hjkmnp-tv-z]{25}'

export const RunId = z
  .string()
  .regex(new RegExp(`^(r${ULID}|e${ULID}-(0|[1-9][0-9]{0,8}))$`), 'a run id: r and a lower-case ULID')
  .meta({ id: 'RunId', description: 'A run: `r` and a lower-case ULID; a member: `<ensemble>-<index>`' })

export const EnsembleId = z
  .string()
  .regex(new RegExp(`^e${ULID}$`), 'an ensemble id: e and a lower-case ULID')
  .meta({ id: 'EnsembleId', description: 'An ensemble: `e` and a lower-case ULID' })

/** Random part of a fencing token: 64 bits, safe in file names and container names. */
export const Nonce = z
  .string()
  .regex(/^[0-9a-f]{16}$/)
  .meta({ id: 'Nonce', description: 'Random part of the fencing token: 16 hexadecimal digits' })

/** 16 bytes in Crockford's base 32, lower case: 26 characters, first one 0…7. */
export function toUlid(bytes: Uint8Array): string {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  let text = ''
  for (let i = 0; i < 26; i += 1) {
    text = ALPHABET[Number(value & 31n)] + text
    value >>= 5n
  }
  return text
}

/** A new id; ids of different milliseconds sort by time, within one millisecond at random. */
export function newId(letter: 'r' | 'e'): string {
  return letter + toUlid(Buffer.from(randomUUIDv7().replaceAll('-', ''), 'hex'))
}

/** A new random half of a fencing token. */
export function newNonce(): string {
  return randomBytes(8).toString('hex')
}
