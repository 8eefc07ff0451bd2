/** What came of a run, as far as it can be known: from its record, from what its worker left beside its outputs, from the list of its files. */
import type { Output, Provenance, RunView } from '@carya/contracts'
import { createHash } from 'node:crypto'
import type { Client } from '../client/client.ts'
import type { Outcome } from './comparison.ts'
import { addressOf, listAll } from './outputs.ts'

/** Outputs that have no hash are fetched to be hashed here: so large ones, and so many of a run. */
const MOST_BYTES = 64 * 2 ** 20
const MOST_FILES = 1000

export async function outcomeOf(client: Client, run: RunView): Promise<Outcome> {
  const made = await client.find<Provenance>(`/v1/runs/${run.id}/provenance`)
  const known = made?.outputs ?? run.outputs ?? []
  const total = made?.outputsTotal ?? run.outputsTotal ?? known.length
  return {
    state: run.state,
    exitCode: run.attempts.at(-1)?.exitCode,
    metrics: run.metrics ?? made?.metrics ?? {},
    total,
    outputs: known.length < total ? withHashes(await listAll(client, run.id), known) : known,
  }
}

/** The list of all files, with the hashes that are known of some. */
function withHashes(files: readonly Output[], known: readonly Output[]): Outcome['outputs'] {
  const hashes = new Map(known.map(({ name, bytes, sha256 }) => [`${bytes} ${name}`, sha256]))
  return files.map((file) => {
    const sha256 = file.sha256 ?? hashes.get(`${file.bytes} ${file.name}`)
    return sha256 === undefined ? file : { ...file, sha256 }
  })
}

/** Both with hashes of what they seem to have in common: what has none and is not too large is read and hashed here. */
export async function hashed(
  client: Client,
  [one, other]: readonly [RunView, RunView],
  [before, after]: readonly [Outcome, Outcome],
): Promise<[Outcome, Outcome]> {
  const there = new Map(after.outputs.map((output) => [output.name, output]))
  const alike = before.outputs.filter(({ name, bytes, sha256 }) => {
    const match = there.get(name)
    const isUnknown = sha256 === undefined || match?.sha256 === undefined
    return match?.bytes === bytes && bytes <= MOST_BYTES && isUnknown
  })
  const wanted = new Set(alike.slice(0, MOST_FILES).map(({ name }) => name))
  return [
    await withContent(client, one.id, before, wanted),
    await withContent(client, other.id, after, wanted),
  ]
}

async function withContent(
  client: Client,
  id: string,
  outcome: Outcome,
  wanted: ReadonlySet<string>,
): Promise<Outcome> {
  const outputs: Outcome['outputs'][number][] = []
  for (const output of outcome.outputs) {
    const { name, sha256 } = output
    const found = sha256 === undefined && wanted.has(name) ? await hashOf(client, id, name) : sha256
    outputs.push(found === undefined ? output : { ...output, sha256: found })
  }
  return { ...outcome, outputs }
}

/** Undefined where the file is gone. */
async function hashOf(client: Client, id: string, name: string): Promise<string | undefined> {
  const stream = await client.stream(addressOf(id, name), { unless: [404] })
  if (!stream) return undefined
  const hash = createHash('sha256')
  for await (const bytes of stream as AsyncIterable<Uint8Array>) hash.update(bytes)
  return hash.digest('hex')
}
