/** An ensemble's folder in a store of its own, as a dispatcher and workers would have left it. */
import type { MemberRow } from '@carya/contracts'
import type { Analysis } from '@carya/tables'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

export const id = 'e01arz3ndektsv4rrffq69g5fav'

export type Ensemble = {
  store: string
  folder: string
  analysis: Analysis
  /** Writes a segment of rows, in the order given. */
  segment(name: string, rows: readonly object[]): Promise<void>
  /** Writes an output of a member's attempt. */
  output(index: number, name: string, content: string): Promise<string>
  results(): Promise<Record<string, Buffer>>
  result(name: string): Promise<string>
}

export async function makeEnsemble(changes: Partial<Analysis> = {}): Promise<Ensemble> {
  const store = await mkdtemp(join(tmpdir(), 'carya-tables-'))
  onTestFinished(() => rm(store, { recursive: true, force: true }))
  const folder = join(store, 'ensembles', id)
  await mkdir(join(folder, 'rows'), { recursive: true })
  const results = join(folder, 'results')
  return {
    store,
    folder,
    analysis: {
      folder,
      storeRoot: store,
      id,
      model: 'm@1',
      total: 100,
      complete: true,
      varied: [{ name: 'k', type: 'number' }],
      metrics: {},
      outputs: {},
      design: { kind: 'random' },
      ...changes,
    },
    segment: (name, rows) =>
      writeFile(
        join(folder, 'rows', `${name}.jsonl`),
        rows.map((each) => `${JSON.stringify(each)}\n`).join(''),
      ),
    async output(index, name, content) {
      const path = join(store, folderOf(index), 'outputs', name)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, content)
      return path
    },
    async results() {
      const all: Record<string, Buffer> = {}
      for (const name of (await readdir(results)).toSorted()) all[name] = await readFile(join(results, name))
      return all
    },
    result: (name) => readFile(join(results, name), 'utf8'),
  }
}

export function folderOf(index: number): string {
  return `ensembles/${id}/0/${index}/1-00`
}

/** A member that succeeded, unless told otherwise. */
export function row(index: number, changes: Partial<MemberRow> = {}): MemberRow {
  return {
    index,
    round: 0,
    state: 'succeeded',
    attempts: 1,
    params: { k: index / 10 },
    metrics: { gpp: 2 * index },
    exitCode: 0,
    worker: 'w1',
    startedAt: '2030-01-01T00:00:00.000Z',
    endedAt: '2030-01-01T00:00:01.250Z',
    folder: folderOf(index),
    outputs: 1,
    ...changes,
  }
}

export function failed(index: number, changes: Partial<MemberRow> = {}): MemberRow {
  return row(index, {
    state: 'failed',
    metrics: {},
    failure: { kind: 'model_error', detail: 'it ended with 3' },
    exitCode: 3,
    logTail: '',
    ...changes,
  })
}

export function sequence(length: number): number[] {
  return Array.from({ length }, (_, i) => i)
}

/** Any order, the same each time. */
export function shuffled<T>(all: readonly T[], step = 7919): T[] {
  return all.map((_, i) => all[(i * step) % all.length]!)
}
