/** What the dispatcher needs from the world for ensembles; the rest is in ports.ts. */
import type { EnsembleView, MemberRow, ProblemError } from '@carya/contracts'
import type { EnsembleRecord, EnsembleSpec, MemberFacts, MembersOut } from './domain/ensemble-record.ts'
import type { OutMessage } from './domain/messages.ts'
import type { Changed, KeyName, ListQuery } from './ports.ts'

/** Everything that is remembered of ensembles. Each change is one atomic commit, its messages with it. */
export type EnsembleStore = {
  read(id: string): Promise<EnsembleRecord | undefined>
  /** What was pinned; undefined where it is not known. Kept in this process once its table is read. */
  spec(record: EnsembleRecord): Promise<EnsembleSpec | undefined>
  /** Its id must be new, made for this call; the key as that of a run (`RunStore.create`). */
  create(
    made: { record: EnsembleRecord; spec: EnsembleSpec },
    key: (KeyName & { version: string }) | undefined,
    body: string,
    out: OutMessage[],
  ): Promise<Changed>
  /** `conflict`: somebody changed it since `before` was read. */
  change(
    before: EnsembleRecord,
    after: EnsembleRecord,
    out: OutMessage[],
    more?: { /** its table was read */ spec?: EnsembleSpec; /** what failed runs again */ again?: true },
  ): Promise<Changed>
  facts(id: string): Promise<MemberFacts>
  out(record: EnsembleRecord): Promise<MembersOut>
  /** Newest first, from behind `after`; looks at a bounded number of records. */
  list(query: EnsembleQuery): Promise<{ items: EnsembleRecord[]; next?: string }>
  /** Those that have not ended, or whose results are not made. */
  open(): Promise<string[]>
  /** Ids of members that live, a step at a time; each that lives throughout is given at least once. */
  members(id: string): AsyncIterable<string[]>
  /** The oldest rows that are not in the store yet. */
  rows(id: string, most: number): Promise<{ id: string; row: string }[]>
  /**
   * The right to write its results, or undefined while another dispatcher has it. It lasts while it is renewed, and
   * must be released; that of a dispatcher that died is over after a minute.
   */
  claimResults(id: string): Promise<{ release(): Promise<void> } | undefined>
  /** How many rows are not in the store yet. */
  rowCount(id: string): Promise<number>
  /** Forgets rows up to this one: they are in the store. */
  trim(id: string, upTo: string): Promise<void>
  /**
   * Makes one again that Redis has forgotten: `ends` has the number of each member's end among `endWords`, from 1 on, and
   * 0 of those that are to run (once more). `conflict`: it is there.
   */
  restore(record: EnsembleRecord, spec: EnsembleSpec, ends: Uint8Array): Promise<Changed>
  /** Forgets ensembles that ended before a time; how many. */
  forget(endedBefore: number, most: number): Promise<number>
}

/** Rows of tables that came as files, as they were checked. */
export type TableRows = {
  /** `unreadable`: the file is gone or damaged. Throws while the store does not answer. */
  read(
    ensemble: string,
    from: number,
    count: number,
  ): Promise<{ rows: Record<string, number | boolean | string>[] } | { unreadable: string }>
}

export type EnsembleQuery = Omit<ListQuery, 'state'> & { state?: EnsembleRecord['state'] }

/** Ensembles as the store has them. */
export type StoredEnsembles = {
  find(id: string): Promise<{ view: EnsembleView; spec: EnsembleSpec } | undefined>
  /** Ids of all that have a folder there. */
  ids(): Promise<string[]>
  /** One that had not ended when it was last written, or whose results were not made; undefined where there is none. */
  unfinished(id: string): Promise<{ record: EnsembleRecord; spec: EnsembleSpec } | undefined>
}

/** Files of ensembles in the store. */
export type EnsembleFiles = TableRows & {
  /** Writes a segment of rows, each a line; resolves when it is durable. */
  writeRows(id: string, name: string, rows: string): Promise<void>
  /** Makes tables and statistics of the rows there are, in a process of its own. `complete`: there will be no more. */
  analyse(record: EnsembleRecord, spec: EnsembleSpec, complete: boolean): Promise<void>
  /** Fetches a table and checks it, in a process of its own. Throws while the store does not answer. */
  takeTable(
    id: string,
    table: NonNullable<EnsembleSpec['table']>,
  ): Promise<{ rows: number; columns: string[] } | { errors: ProblemError[] }>
  /** What its rows say of each member's end, as `EnsembleStore.restore` takes it. */
  ends(record: EnsembleRecord): Promise<Uint8Array>
  /** The row of a member that has ended, if it is in the store. */
  row(id: string, index: number): Promise<MemberRow | undefined>
}
