/**
 * An ensemble as the dispatcher keeps it, in two parts: `EnsembleSpec`, all that was pinned, which may be large and
 * changes only when its table has been read; and `EnsembleRecord`, small, by which it is fed and which is compared and
 * set. What became of its members stands beside them as sets of bits (`MemberFacts`).
 */
import type {
  EnsembleRow,
  EnsembleState,
  EnsembleView,
  FailureGroup,
  FailurePolicy,
  Manifest,
  MemberCounts,
  Parameter,
  ProblemError,
  Varied,
} from '@carya/contracts'
import type { PinnedDesign } from '@carya/ensemble'
import type { Ask } from './allowance.ts'
import type { Cost } from './depth.ts'
import type { Reply, RunRecord } from './record.ts'
import type { Templates } from './render.ts'

/** A column that a design's table may have: a parameter of the model, or `input.<name>`. */
export type TableColumn = Pick<Parameter, 'range' | 'choices' | 'unit' | 'description'> & {
  name: string
  type: Varied['type']
  /** it has no value otherwise */
  required: boolean
}

/** What of a version of the model its members are made of. */
export type PinnedModel = Pick<RunRecord, 'image' | 'command' | 'setup'> & {
  /** every parameter and input of it that has a value without the design */
  base: { params: RunRecord['params']; inputs: RunRecord['inputs'] }
  /** what is rendered for each member as it comes into being */
  templates?: Templates
}

export type EnsembleSpec = PinnedModel & {
  v: 1
  id: string
  /** its name alone where versions vary */
  model: string
  /** where they vary: each by its name; the model of the spec itself is the one by which the design was read */
  versions?: Record<string, PinnedModel>
  design: PinnedDesign
  varied: Varied[]
  resources: RunRecord['resources']
  /** seconds */
  timeout: number
  lease: number
  retries: number
  failure: FailurePolicy
  labels: Record<string, string>
  metrics: Manifest['metrics']
  outputs: Manifest['outputs']
  notes: string[]
  /** of a table that is not read yet: where it is, and what it may contain */
  table?: { url: string; format: 'csv' | 'parquet'; columns: TableColumn[] }
}

export type EnsembleRecord = {
  v: 1
  version: number
  id: string
  state: EnsembleState
  submitter: string
  model: string
  labels: Record<string, string>
  pool: string
  priority: number
  maxParallel?: number
  /** how many members there are; absent while a table is read */
  members?: number
  /** members below it have come into being */
  cursor: number
  /** how often failed members were run again */
  round: number
  cost: Cost
  /** beyond the isolation that all models have, by all its versions; absent for most */
  asks?: Ask[]
  /** about the bytes of a member's record */
  memberBytes: number
  cancelRequested?: true
  /** its failure policy has ended it: nothing more is fed, what is out is cancelled */
  givenUp?: string
  /** why it ended as it did, where that is not plain */
  reason?: string
  errors?: ProblemError[]
  results: 'none' | 'complete' | 'failed'
  createdAt: string
  startedAt?: string
  endedAt?: string
  key?: string
  submission?: RunRecord['submission']
  replies: Reply[]
}

/** What has become of the members, from sets of bits and the set of those that live. */
export type MemberFacts = {
  /** members that have a record: waiting for another try, queued or running */
  live: number
  succeeded: number
  cancelled: number
  /** failed ones by kind, most first */
  failures: FailureGroup[]
  /** whether failed ones wait to be run again */
  hasAgain: boolean
}

/** Members out at workers, or on their way. */
export type MembersOut = { queued: number; running: number }

export const NO_MEMBERS: MemberFacts = {
  live: 0,
  succeeded: 0,
  cancelled: 0,
  failures: [],
  hasAgain: false,
}

export const failedOf = ({ failures }: Pick<MemberFacts, 'failures'>): number =>
  failures.reduce((sum, { count }) => sum + count, 0)

/** Whether it is to be fed, if it has anything to feed. */
export function isFed({ state, cancelRequested, givenUp }: EnsembleRecord): boolean {
  return state === 'running' && !cancelRequested && givenUp === undefined
}

/** Whether members are left that have never run. */
export function hasNew({ cursor, members = 0 }: EnsembleRecord): boolean {
  return cursor < members
}

export function countsOf(record: EnsembleRecord, facts: MemberFacts, out: MembersOut): MemberCounts {
  const { succeeded, cancelled } = facts
  const failed = failedOf(facts)
  const { queued, running } = out
  const total = record.members
  // read one after the other, so their sum may be off by what moved meanwhile
  const pending = Math.max(0, (total ?? 0) - succeeded - failed - cancelled - queued - running)
  return {
    ...(total === undefined ? {} : { total }),
    pending:
      record.endedAt === undefined ? pending : Math.max(0, (total ?? 0) - succeeded - failed - cancelled),
    queued,
    running,
    succeeded,
    failed,
    cancelled,
  }
}

/** Rows of a table are not shown: there may be a MiB of them. */
function shownDesign(design: PinnedDesign): EnsembleView['design'] {
  if (!('rows' in design) || !Array.isArray(design.rows)) return { ...design }
  const { rows, ...rest } = design
  void rows
  return rest
}

function imagesOf(versions: NonNullable<EnsembleSpec['versions']>): EnsembleView['versions'] {
  return Object.fromEntries(Object.entries(versions).map(([name, { image }]) => [name, { image }]))
}

export function ensembleView(
  record: EnsembleRecord,
  spec: EnsembleSpec,
  facts: MemberFacts,
  out: MembersOut,
): EnsembleView {
  const { id, state, submitter, model, labels, pool, priority, maxParallel, round, createdAt } = record
  const { startedAt, endedAt, key, cancelRequested, errors, reason, results } = record
  const { image, versions, varied, base, resources, timeout, retries, failure, notes, design } = spec
  return {
    v: 1,
    id,
    state,
    submitter,
    model,
    image,
    ...(versions ? { versions: imagesOf(versions) } : {}),
    design: shownDesign(design),
    varied,
    base,
    members: countsOf(record, facts, out),
    failures: facts.failures,
    failure,
    ...(errors ? { errors } : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(maxParallel === undefined ? {} : { maxParallel }),
    resources,
    timeout,
    retries,
    priority,
    pool,
    labels,
    ...(key === undefined ? {} : { key }),
    ...(cancelRequested ? { cancelRequested } : {}),
    round,
    createdAt,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    results: results === 'none' && facts.succeeded + failedOf(facts) > 0 ? 'partial' : results,
    ...(notes.length === 0 ? {} : { notes }),
  }
}

export function ensembleRow(record: EnsembleRecord, facts: MemberFacts, out: MembersOut): EnsembleRow {
  const { id, state, submitter, model, labels, createdAt, startedAt, endedAt } = record
  return {
    id,
    state,
    submitter,
    model,
    labels,
    members: countsOf(record, facts, out),
    createdAt,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
  }
}
