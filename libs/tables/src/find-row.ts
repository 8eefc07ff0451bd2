import { MemberRow } from '@carya/contracts'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { counts, type RowLine } from './precedence.ts'

const CHUNK = 2 ** 20
const NEWLINE = 10
const [ZERO, NINE] = [48, 57]

/**
 * The row of a member that counts, from an ensemble's `rows/`; undefined where it has none. Reads all of them, in
 * steps that do not hold up the loop, and parses only lines that may be the member's.
 */
export async function findRow(
  folder: string,
  index: number,
  signal?: AbortSignal,
): Promise<MemberRow | undefined> {
  let best: RowLine | undefined
  for (const segment of await segmentsOf(folder)) {
    for await (const line of linesWith(join(folder, 'rows', segment), `"index":${index}`, signal)) {
      const next = { row: MemberRow.parse(JSON.parse(line)), line }
      if (next.row.index === index && (best === undefined || counts(next, best))) best = next
    }
  }
  return best?.row
}

/** The names of an ensemble's segments, in order; none where it has no rows yet. */
export async function segmentsOf(folder: string): Promise<string[]> {
  try {
    const names = await readdir(join(folder, 'rows'))
    return names.filter((name) => name.endsWith('.jsonl')).toSorted()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

/** Lines of a file in which a text stands, as `JSON.stringify` writes it. */
async function* linesWith(file: string, text: string, signal?: AbortSignal): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK, signal })) {
    const all: Buffer = Buffer.concat([rest, chunk])
    const end = all.lastIndexOf(NEWLINE) + 1
    yield* matches(all.subarray(0, end), text)
    rest = all.subarray(end)
  }
  yield* matches(rest, text)
}

function* matches(lines: Buffer, text: string): Generator<string> {
  for (let at = lines.indexOf(text); at >= 0; at = lines.indexOf(text, at)) {
    const after = lines[at + text.length] ?? NEWLINE
    if (after >= ZERO && after <= NINE) {
      at += text.length
      continue
    }
    const start = lines.lastIndexOf(NEWLINE, at) + 1
    const newline = lines.indexOf(NEWLINE, at)
    const end = newline < 0 ? lines.length : newline
    yield lines.toString('utf8', start, end)
    at = end
  }
}
