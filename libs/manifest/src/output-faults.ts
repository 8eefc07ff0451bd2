import { fewGuesses, type Guess, type MetricFrom, type OutputDeclared } from '@carya/contracts'
import type { ManifestFault } from './fault.ts'
import { MOST_NAMES, type Group, type Readable } from './readable.ts'

/** Names of outputs that are no paths below the folder of results, series whose columns do not fit, and metrics of none. */
export function outputFaults({ outputs, metrics }: Pick<Readable, 'outputs' | 'metrics'>): ManifestFault[] {
  const guess = fewGuesses()
  const isTooMany = metrics.names.length > MOST_NAMES
  return [
    ...(isTooMany ? [{ at: ['metrics'], detail: `at most ${MOST_NAMES} metrics` }] : []),
    ...outputs.names.slice(0, MOST_NAMES).flatMap((name) => pathFaults(['outputs', name], name)),
    ...[...outputs.right].flatMap(([name, output]) => seriesFaults(name, output, guess)),
    ...[...metrics.right].flatMap(([name, { from }]) =>
      from ? metricFaults(name, from, outputs, guess) : [],
    ),
  ]
}

/** What a file below the folder of results cannot be called. */
export function pathFaults(at: PropertyKey[], name: string): ManifestFault[] {
  const detail =
    'a path within the folder of results, for example daily.csv or maps/*.nc: not from /, no . or ..'
  const steps = name.split('/')
  const isPlain = steps.every((step) => step !== '' && step !== '.' && step !== '..')
  // oxlint-disable-next-line no-control-regex
  return isPlain && !/[\0-\x1f\x7f]/.test(name) ? [] : [{ at, detail, isKey: true }]
}

function seriesFaults(name: string, { series, columns = {} }: OutputDeclared, guess: Guess): ManifestFault[] {
  if (!series) return []
  const at = ['outputs', name, 'series']
  const faults: ManifestFault[] = []
  const { names, time } = series
  if (!names) return faults
  if (!names.includes(time))
    faults.push({ at: [...at, 'time'], detail: `one of the names: ${listed(time, names, guess)}` })
  if (new Set(names).size < names.length) faults.push({ at: [...at, 'names'], detail: 'names that differ' })
  for (const column of Object.keys(columns))
    if (!names.includes(column))
      faults.push({
        at: ['outputs', name, 'columns', column],
        detail: `one of the names of the series: ${listed(column, names, guess)}`,
      })
  return faults
}

function metricFaults(
  name: string,
  { output, column }: MetricFrom,
  outputs: Group<OutputDeclared>,
  guess: Guess,
): ManifestFault[] {
  const at = ['metrics', name, 'from']
  if (!outputs.names.includes(output))
    return [
      {
        at: [...at, 'output'],
        detail: `an output that is declared: ${listed(output, outputs.names, guess)}`,
      },
    ]
  const declared = outputs.right.get(output)
  if (!declared) return []
  if (!declared.series)
    return [{ at: [...at, 'output'], detail: `an output with a series, which ${output} does not have` }]
  const { names } = declared.series
  if (!names || names.includes(column)) return []
  return [
    { at: [...at, 'column'], detail: `one of the names of the series: ${listed(column, names, guess)}` },
  ]
}

/** Names at most in a message. */
const MOST_LISTED = 20

function listed(word: string, names: readonly string[], guess: Guess): string {
  if (names.length === 0) return 'there are none'
  const near = guess(word, names)
  const more = names.length > MOST_LISTED ? ', …' : ''
  return `${near === undefined ? '' : `did you mean ${near}? `}there are ${names.slice(0, MOST_LISTED).join(', ')}${more}`
}
