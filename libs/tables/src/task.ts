/** What the child process is asked, and what it answers. */
import type { EnsembleSummary, Manifest, Varied } from '@carya/contracts'

export type Analysis = {
  /** The ensemble's folder in the store, an absolute path. */
  folder: string
  /** The store's root, an absolute path: members' folders are named relative to it. */
  storeRoot: string
  id: string
  model: string
  /** How many members there are, ended or not. */
  total: number
  /** Whether all of them have ended. */
  complete: boolean
  varied: Varied[]
  metrics: Manifest['metrics']
  outputs: Manifest['outputs']
  design: { kind: string; seed?: number; samples?: number }
}

/** A column that a design table may have: a parameter, or `input.<name>`. */
export type Column = {
  name: string
  type: 'number' | 'integer' | 'boolean' | 'string' | 'input'
  range?: [number, number]
  choices?: string[]
  unit?: string
}

export type TableImport = {
  /** The file as it came, an absolute path. It may hold anything. */
  file: string
  format: 'csv' | 'parquet'
  /** All columns that may occur. */
  columns: Column[]
  mostRows: number
  /** The Parquet file that is written, an absolute path. */
  out: string
}

/** `row`: of the data, from 1; 0 where the header or the whole table is at fault. `line`: of a CSV file, from 1. */
export type TableFault = { row: number; line?: number; column: string; value: unknown; detail: string }
/** `faults` are the first hundred of `total`. */
export type ImportOutcome = { rows: number; columns: string[] } | { faults: TableFault[]; total: number }

export type Task = { kind: 'analyse'; analysis: Analysis } | { kind: 'import'; table: TableImport }
export type Answers = { analyse: EnsembleSummary; import: ImportOutcome }
/** `code`: of an error of the system, such as ENOSPC. */
export type Answer<V> = { value: V } | { error: string; code?: string }
