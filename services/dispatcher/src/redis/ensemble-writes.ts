/** Which keys follow an ensemble's record: indexes, its place among its submitter's lines, its end. Pure. */
import { isEnded, milliseconds } from '@carya/contracts'
import type { Advance } from '../domain/ensemble-line.ts'
import { isFed, type EnsembleRecord } from '../domain/ensemble-record.ts'
import { endWords } from '../domain/member.ts'
import { writeRecord, type Guard, type Write } from './commit.ts'
import { indexName, keys } from './keys.ts'
import { lineWrites, type Retention } from './run-writes.ts'

/** The guard that an ensemble is still what was read. */
export function ensembleGuard(record: EnsembleRecord): Guard {
  return { key: keys.ensemble(record.id), version: String(record.version) }
}

/** All writes that make `after` of `before` (undefined: a new ensemble), beside what its members' ends do. */
export function ensembleWrites(
  before: EnsembleRecord | undefined,
  after: EnsembleRecord,
  { seconds }: Retention,
): Write[] {
  const { id, pool, submitter, submission } = after
  const writes: Write[] = [writeRecord(keys.ensemble(id), after.version, after)]
  if (!before) writes.push(['ZADD', keys.ensembles, 0, indexName(id)], ['SADD', keys.openEnsembles, id])
  const isIn = isFed(after)
  const wasIn = before !== undefined && isFed(before)
  if (isIn && (!wasIn || before.round !== after.round || before.maxParallel !== after.maxParallel))
    writes.push(...lineWrites(pool, submitter, id))
  if (!isIn && wasIn) writes.push(['ZREM', keys.lines(pool, submitter), id])
  if (isEnded(after.state) && !(before && isEnded(before.state))) {
    writes.push(['ZADD', keys.endedEnsembles, milliseconds(after.endedAt ?? after.createdAt), id])
    if (submission) writes.push(['EXPIRE', keys.key(submitter, submission.kind, submission.key), seconds])
  }
  if (!isEnded(after.state) && before && isEnded(before.state)) {
    writes.push(['ZREM', keys.endedEnsembles, id], ['SADD', keys.openEnsembles, id])
    if (submission) writes.push(['PERSIST', keys.key(submitter, submission.kind, submission.key)])
  }
  if (isEnded(after.state) && after.results !== 'none') writes.push(['SREM', keys.openEnsembles, id])
  return writes
}

/** Members came into being: the cursor, and which of those that run again are taken. */
export function advanceWrites({ after, again }: Advance): Write[] {
  const { id } = after
  return [
    writeRecord(keys.ensemble(id), after.version, after),
    ...again.map((index): Write => ['SETBIT', keys.again(id), index, 0]),
  ]
}

/** Members that failed, or were cancelled because others did, are to run again: sets of bits, whatever their number. */
export function againWrites(id: string): Write[] {
  const words = endWords.filter((word) => word !== 'succeeded').map((word) => keys.endedMembers(id, word))
  return [
    ['BITOP', 'OR', keys.again(id), keys.again(id), ...words],
    ...words.map((key): Write => ['DEL', key]),
    ['BITOP', 'OR', keys.endedMembers(id, 'any'), keys.endedMembers(id, 'succeeded')],
  ]
}

/** All writes that forget an ended ensemble. */
export function forgetEnsembleWrites({ id }: EnsembleRecord): Write[] {
  const words = ['any', ...endWords].map((word) => keys.endedMembers(id, word))
  const all = [
    keys.ensemble(id),
    keys.spec(id),
    keys.live(id),
    keys.again(id),
    keys.rows(id),
    keys.results(id),
    ...words,
  ]
  return [
    ...all.map((key): Write => ['DEL', key]),
    ['ZREM', keys.endedEnsembles, id],
    ['ZREM', keys.ensembles, indexName(id)],
    ['SREM', keys.openEnsembles, id],
  ]
}
