/** What has become of each member, from an ensemble's `rows/`: by it Redis' sets of bits are made again. */
import type { MemberRow } from '@carya/contracts'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { segmentsOf } from './find-row.ts'
import { statesByWeight } from './precedence.ts'

/**
 * For each index the number of its end among `words` (succeeded, cancelled, or the kind of its failure), from 1 on; 0
 * where it has none, or one of an earlier round than `round` that was run again since. Reads all rows once, in steps.
 */
export async function readEnds(
  folder: string,
  { members, round, words }: { members: number; round: number; words: readonly string[] },
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const ends = new Uint8Array(members)
  const weights = new Uint8Array(members)
  for (const segment of await segmentsOf(folder)) {
    const input = createReadStream(join(folder, 'rows', segment), { signal })
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      const row: Pick<MemberRow, 'index' | 'round' | 'state' | 'failure'> = JSON.parse(line)
      if (row.index >= members || (row.state !== 'succeeded' && row.round < round)) continue
      const weight = statesByWeight.length - statesByWeight.indexOf(row.state)
      if (weight <= (weights[row.index] ?? 0)) continue
      weights[row.index] = weight
      const word = row.state === 'failed' ? (row.failure?.kind ?? 'model_error') : row.state
      ends[row.index] = words.indexOf(word) + 1
    }
  }
  return ends
}
