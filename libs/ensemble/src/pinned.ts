/**
 * Designs as they are kept for ever: checked against the manifest, with nothing left to be looked up. Members are made
 * from this alone, so a change of its meaning changes members that have been.
 */
import type { Varied } from '@carya/contracts'

export type Value = number | boolean | string
export type Source = { url: string; sha256?: string }

/** Something that varies: `k` for a parameter, `input.drivers` for an input. */
export type Column = { name: string; kind: 'param' | 'input'; type: Varied['type'] }

/** Of a parameter a value, of an input a source. */
export type PinnedValue = Value | Source

export type Continuous = 'uniform' | 'loguniform' | 'normal' | 'lognormal' | 'triangular' | 'beta' | 'gamma'

/** Numbers in the order of the request; beta always with its four. */
export type PinnedDistribution =
  | { kind: Continuous; numbers: number[]; truncate?: [number, number] }
  | { kind: 'values'; values: PinnedValue[]; weights?: number[] }

export type PinnedLevels =
  | { kind: 'values'; values: PinnedValue[] }
  | { kind: 'linspace' | 'logspace'; first: number; last: number; count: number }

export type Sampled = Column & { distribution: PinnedDistribution }
export type Levelled = Column & { levels: PinnedLevels }

/** Dimensions are ordered by name, so that the order of keys in the request never matters. */
export type PinnedDesign =
  | { kind: 'table'; columns: Column[]; rows: PinnedValue[][] }
  /** A table in a file: its columns are known when it has been read. */
  | { kind: 'table'; columns?: Column[]; url: string; format?: 'csv' | 'parquet' }
  | { kind: 'grid'; dimensions: Levelled[] }
  | { kind: 'oat'; dimensions: (Levelled & { base: PinnedValue })[] }
  | { kind: 'random' | 'lhs' | 'sobol' | 'saltelli'; samples: number; seed: number; dimensions: Sampled[] }

/** What varies in one member. */
export type MemberValues = { params: Record<string, Value>; inputs: Record<string, Source> }

/** A column's name as manifests have it: an input's without its prefix. */
export function plainName({ kind, name }: Column): string {
  return kind === 'input' ? name.slice('input.'.length) : name
}

/** The values of a member, each by the plain name of its column. */
export function toMember(columns: readonly Column[], valueOf: (at: number) => PinnedValue): MemberValues {
  const member: MemberValues = { params: {}, inputs: {} }
  for (const [at, column] of columns.entries()) {
    const value = valueOf(at)
    if (typeof value === 'object') member.inputs[plainName(column)] = { ...value }
    else member.params[plainName(column)] = value
  }
  return member
}
