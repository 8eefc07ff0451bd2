/** Idempotency keys in Redis: which submission a key names. */
import type { KeyName } from '../ports.ts'
import type { Write } from './commit.ts'
import { keys } from './keys.ts'

/** A key names a submission, and has no end of its own: that comes with the submission's. */
export function keyWrites(key: string, version: number, run: string, body: string): Write[] {
  return [
    ['DEL', key],
    ['HSET', key, 'version', version, 'run', run, 'body', body],
  ]
}

export function keyOf({ kind, submitter, key }: KeyName): string {
  return kind === 'taken' ? keys.taken(key) : keys.key(submitter, kind, key)
}
