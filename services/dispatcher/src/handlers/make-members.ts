/**
 * Members as they come into being: from what was pinned and their index alone, so that each can be made again for ever.
 * The rows of a table that came as a file lie in the store; where that file is gone or cannot be read its members end
 * as failed, before they were fed. While the store does not answer nothing is made, and the feed tries again.
 */
import { compileDesign, type MemberValues } from '@carya/ensemble'
import type { ParamValue } from '@carya/contracts'
import type { z } from 'zod'
import type { Fresh } from '../domain/ensemble-line.ts'
import type { EnsembleRecord, EnsembleSpec } from '../domain/ensemble-record.ts'
import { memberId, newMember, stillborn } from '../domain/member.ts'
import type { RunRecord } from '../domain/record.ts'
import { compileTemplates, type Render } from '../domain/render.ts'
import type { EnsembleStore, TableRows } from '../ensemble-ports.ts'
import type { Clock } from '../ports.ts'

export type MakeMembersParts = {
  ensembles: Pick<EnsembleStore, 'spec'>
  tables: TableRows
  clock: Clock
}

/** Records by id: pending, or failed where a member cannot be made. Throws while the store does not answer. */
export type MakeMembers = (fresh: readonly Fresh[]) => Promise<ReadonlyMap<string, RunRecord>>

type Row = Record<string, z.infer<typeof ParamValue>>

/** Ensembles of which designs and templates are kept ready in this process. */
const KEPT = 64

export function makeMembers({ ensembles, tables, clock }: MakeMembersParts): MakeMembers {
  const valuesOf = oncePerEnsemble(({ design }) => compileDesign(design))
  const rendersOf = oncePerEnsemble(compileAll)

  function make(
    ensemble: EnsembleRecord,
    spec: EnsembleSpec,
    index: number,
    values: MemberValues,
  ): RunRecord {
    const member = newMember(ensemble, spec, index, values)
    const rendered = rendersOf(spec).get(member.model)?.(member)
    if (!rendered) return member
    if ('tooLong' in rendered) return stillborn(ensemble, spec, index, rendered.tooLong, clock.iso(), values)
    return { ...member, ...rendered }
  }

  async function ofEnsemble(ensemble: EnsembleRecord, indices: readonly number[]): Promise<RunRecord[]> {
    const spec = await ensembles.spec(ensemble)
    if (!spec) throw new Error(`what was pinned of ${ensemble.id} is gone`)
    if (!spec.table) {
      const values = valuesOf(spec)
      return indices.map((index) => make(ensemble, spec, index, values(index)))
    }
    const made: RunRecord[] = []
    for (const { first, count } of stretches(indices)) {
      const read = await tables.read(ensemble.id, first, count)
      for (let index = first; index < first + count; index += 1) {
        const row = 'unreadable' in read ? undefined : read.rows[index - first]
        const why = 'unreadable' in read ? read.unreadable : `it has no row ${index}`
        const detail = `the table of the ensemble cannot be read: ${why}`
        const values = row && valuesOfRow(row)
        made.push(
          values
            ? make(ensemble, spec, index, values)
            : stillborn(ensemble, spec, index, detail, clock.iso()),
        )
      }
    }
    return made
  }

  return async (fresh) => {
    const groups = Map.groupBy(fresh, ({ ensemble, isAgain }) => `${ensemble.id} ${isAgain}`)
    const made = await Promise.all(
      [...groups.values()].map((group) =>
        ofEnsemble(
          group[0]!.ensemble,
          group.map(({ index }) => index),
        ),
      ),
    )
    return new Map(made.flat().map((run) => [memberId(run.ensemble!, run.index!), run]))
  }
}

/** How members are rendered, by their model: versions may vary within an ensemble. */
function compileAll(spec: EnsembleSpec): Map<string, Render> {
  const versions = Object.entries(spec.versions ?? {}).map(
    ([version, pinned]) => [`${spec.model}@${version}`, pinned] as const,
  )
  return new Map(
    [[spec.model, spec] as const, ...versions].flatMap(([model, { templates }]) =>
      templates ? [[model, compileTemplates(templates)] as const] : [],
    ),
  )
}

/** What is made of an ensemble's spec, kept for the last few ensembles. */
function oncePerEnsemble<T>(make: (spec: EnsembleSpec) => T): (spec: EnsembleSpec) => T {
  const kept = new Map<string, T>()
  return (spec) => {
    const known = kept.get(spec.id)
    if (known !== undefined) return known
    const made = make(spec)
    kept.set(spec.id, made)
    const [oldest] = kept.keys()
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest)
    return made
  }
}

/** Indices that follow one another: what runs again may stand at both ends of a large table. */
function stretches(indices: readonly number[]): { first: number; count: number }[] {
  const found: { first: number; count: number }[] = []
  for (const index of indices) {
    const last = found.at(-1)
    if (last && index === last.first + last.count) last.count += 1
    else found.push({ first: index, count: 1 })
  }
  return found
}

function valuesOfRow(row: Row): MemberValues {
  const params: MemberValues['params'] = {}
  const inputs: MemberValues['inputs'] = {}
  for (const [name, value] of Object.entries(row))
    if (name.startsWith('input.')) inputs[name.slice('input.'.length)] = { url: String(value) }
    else params[name] = value
  return { params, inputs }
}
