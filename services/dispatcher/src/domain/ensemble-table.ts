/** Tables of designs that come as files: what they may contain, and what is made of them once they were read. */
import {
  MOST_MEMBERS,
  type EnsembleRequest,
  type Model,
  type ProblemError,
  type Varied,
} from '@carya/contracts'
import type { EnsembleSpec, TableColumn } from './ensemble-record.ts'

/** What is pinned of a table in a file that is not read yet; undefined where the design is none. */
export function tableOf({ design, base = {} }: EnsembleRequest, { manifest }: Model): EnsembleSpec['table'] {
  if (design.kind !== 'table' || design.url === undefined) return undefined
  const { url } = design
  const format = design.format ?? (/\.(parquet|pq)$/i.test(url) ? 'parquet' : 'csv')
  const parameters = Object.entries(manifest.parameters).map(([name, parameter]): TableColumn => {
    const { type, range, choices, unit, description } = parameter
    return {
      name,
      type,
      ...(range ? { range } : {}),
      ...(choices ? { choices } : {}),
      ...(unit === undefined ? {} : { unit }),
      ...(description === undefined ? {} : { description }),
      required: parameter.default === undefined && !Object.hasOwn(base.params ?? {}, name),
    }
  })
  const inputs = Object.entries(manifest.inputs).map(([name, input]): TableColumn => ({
    name: `input.${name}`,
    type: 'input',
    required: input.required && input.default === undefined && !Object.hasOwn(base.inputs ?? {}, name),
  }))
  return { url, format, columns: [...parameters, ...inputs] }
}

/** The dispatcher reads the table itself, and sees no files of other hosts. */
export function faultsOfTable({ design }: EnsembleRequest): ProblemError[] {
  if (design.kind !== 'table' || !design.url?.startsWith('file:')) return []
  const detail =
    'a table that the service can read: upload it (PUT /v1/files, or carya ensemble --table FILE) and give the store: URL, or an http(s) URL'
  return [{ path: 'design.url', value: design.url, detail }]
}

/** What is missing although the table was read: columns for what has no value otherwise. */
export function missingColumns(columns: readonly TableColumn[], found: readonly string[]): ProblemError[] {
  const given = new Set(found)
  return columns
    .filter(({ name, required }) => required && !given.has(name))
    .map(({ name }) => ({
      path: `design.url: column ${name}`,
      value: null,
      detail: 'missing: it has no value otherwise, so the table or the base must give it',
    }))
}

/** The columns of a table that was read, as what varies. */
export function variedColumns(columns: readonly TableColumn[], found: readonly string[]): Varied[] {
  return found.flatMap((name) => {
    const column = columns.find((each) => each.name === name)
    if (!column) return []
    const { type, unit, description } = column
    const words = {
      ...(unit === undefined ? {} : { unit }),
      ...(description === undefined ? {} : { description }),
    }
    return [{ name, type, ...words }]
  })
}

/** Rows that a table may have. */
export const MOST_TABLE_ROWS = MOST_MEMBERS
