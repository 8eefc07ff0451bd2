/** How the columns of `results` are called. Pure. */
import type { Varied } from '@carya/contracts'

/** What every result has, beside what varied and what the models measured. */
export const leading = ['index', 'state'] as const
export const trailing = [
  'attempts',
  'failure_kind',
  'exit_code',
  'worker',
  'started_at',
  'ended_at',
  'seconds',
  'cpu_seconds',
  'max_memory_bytes',
] as const

export type Columns = {
  varied: { varied: Varied; column: string }[]
  metrics: { name: string; column: string }[]
}

/**
 * What varied comes first, in its order, then metrics in theirs. Where a name is taken, also in another case, a
 * parameter is called `param.<name>` and a metric `metric.<name>`, with a number where that is taken too.
 */
export function resultColumns(varied: readonly Varied[], metrics: readonly string[]): Columns {
  const taken = new Set<string>(['', ...leading, ...trailing])
  const free = (name: string, prefix: string): string => {
    let column = name
    for (let n = 1; taken.has(column.toLowerCase()); n += 1)
      column = n === 1 ? `${prefix}.${name}` : `${prefix}.${name}.${n}`
    taken.add(column.toLowerCase())
    return column
  }
  return {
    varied: varied.map((each) => ({ varied: each, column: free(each.name, 'param') })),
    metrics: metrics.map((name) => ({ name, column: free(name, 'metric') })),
  }
}
