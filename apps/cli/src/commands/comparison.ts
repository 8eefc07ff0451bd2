/** Whether two runs came to the same, bit for bit: how they ended, their metrics and their outputs. Pure. */
import type { Output, RunView } from '@carya/contracts'
import { bytesText } from '../terminal/text.ts'

/** What came of a run. */
export type Outcome = {
  state: RunView['state']
  exitCode: number | null | undefined
  metrics: Readonly<Record<string, number>>
  outputs: readonly Pick<Output, 'name' | 'bytes' | 'sha256'>[]
  /** how many files there are, where not all are listed */
  total: number
}

/** One thing that is not the same; a side that has none of it is undefined. */
export type Difference = {
  kind: 'end' | 'metric' | 'output'
  name: string
  before: string | undefined
  after: string | undefined
}

export type Comparison = {
  identical: boolean
  differences: Difference[]
  /** how many were looked at */
  outputs: number
  metrics: number
  /** outputs of equal size whose content was not compared: one side has no hash */
  bySize: string[]
}

export function compare(before: Outcome, after: Outcome): Comparison {
  const metrics = union(Object.keys(before.metrics), Object.keys(after.metrics))
  const one = byName(before.outputs)
  const other = byName(after.outputs)
  const outputs = union([...one.keys()], [...other.keys()])
  const bySize: string[] = []
  const differences = [
    ...difference('end', 'state', before.state, after.state),
    ...difference('end', 'exit code', exitText(before), exitText(after)),
    ...metrics.flatMap((name) =>
      difference('metric', name, numberText(before.metrics, name), numberText(after.metrics, name)),
    ),
    ...difference('end', 'files', String(before.total), String(after.total)),
    ...outputs.flatMap((name) => {
      const [was, is] = [one.get(name), other.get(name)]
      if (was && is && was.bytes === is.bytes) {
        if (was.sha256 !== undefined && is.sha256 !== undefined)
          return difference(
            'output',
            name,
            hashText(was.sha256),
            hashText(is.sha256),
            was.sha256 === is.sha256,
          )
        bySize.push(name)
        return []
      }
      return difference('output', name, was && sizeText(was.bytes), is && sizeText(is.bytes), false)
    }),
  ]
  return {
    identical: differences.length === 0,
    differences,
    outputs: outputs.length,
    metrics: metrics.length,
    bySize,
  }
}

function difference(
  kind: Difference['kind'],
  name: string,
  before: string | undefined,
  after: string | undefined,
  isSame = before === after,
): Difference[] {
  return isSame ? [] : [{ kind, name, before, after }]
}

const union = (one: readonly string[], other: readonly string[]) => [...new Set([...one, ...other])]

const byName = (outputs: Outcome['outputs']) => new Map(outputs.map((output) => [output.name, output]))

const exitText = ({ exitCode }: Outcome) => (typeof exitCode === 'number' ? String(exitCode) : undefined)

/** All digits: as many as tell any two numbers apart. */
function numberText(metrics: Outcome['metrics'], name: string): string | undefined {
  return Object.hasOwn(metrics, name) ? String(metrics[name]) : undefined
}

const hashText = (sha256: string) => `sha256:${sha256.slice(0, 12)}…`

/** Exact, for two sizes may differ by a byte. */
const sizeText = (bytes: number) => `${bytesText(bytes)} (${bytes} bytes)`
