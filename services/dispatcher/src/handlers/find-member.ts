/** A member as users see it, whether it has ended, lives, or has never been fed: what it will be is known all the same. */
import { endedView, memberOf } from '../domain/member.ts'
import { viewOf, type EndedRun } from '../domain/record.ts'
import type { EnsembleFiles, EnsembleStore, StoredEnsembles } from '../ensemble-ports.ts'
import type { FlushRows } from './flush-rows.ts'
import type { MakeMembers } from './make-members.ts'

export type FindMemberParts = {
  ensembles: Pick<EnsembleStore, 'read' | 'spec'>
  stored: StoredEnsembles
  files: Pick<EnsembleFiles, 'row'>
  flush: FlushRows
  make: MakeMembers
}

/** A member that has no record; undefined where there is no such member. Throws `Unavailable` as the store does. */
export type FindMember = (run: string) => Promise<EndedRun | undefined>

export function findMember({ ensembles, stored, files, flush, make }: FindMemberParts): FindMember {
  return async (run) => {
    const member = memberOf(run)
    if (!member) return undefined
    const { ensemble: id, index } = member
    const record = await ensembles.read(id)
    // ended longer ago than records are kept, or forgotten with Redis
    const kept = record ? undefined : await stored.find(id)
    const spec = record ? await ensembles.spec(record) : kept?.spec
    const whole = record ?? kept?.view
    if (!spec || !whole) return undefined
    if (record) await flush(id)
    const row = await files.row(id, index)
    if (row) return endedView(whole, spec, row)
    if (!record || index >= (record.members ?? 0)) return undefined
    const made = (await make([{ ensemble: record, index, isAgain: false }])).get(run)
    return made && viewOf(made)
  }
}
