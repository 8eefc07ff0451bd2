/** What came of a model's test, against what its manifest declares: pure. */
import { firstDifference, isNear } from './compare-text.ts'

/** Something that did not come out as declared. */
export type Difference = {
  of: 'metric' | 'output'
  name: string
  expected?: string | number | undefined
  found?: string | number | undefined
  /** of an output: the line where it differs first */
  line?: number
}

/** Metrics that are not as declared, in the order of the declaration; those that are not declared may be anything. */
export function metricDifferences(
  expected: Readonly<Record<string, number>>,
  found: Readonly<Record<string, number>>,
  tolerance: number,
): Difference[] {
  return Object.entries(expected).flatMap(([name, wanted]) => {
    const value = Object.hasOwn(found, name) ? found[name] : undefined
    if (value !== undefined && isNear(wanted, value, tolerance)) return []
    return [{ of: 'metric', name, expected: wanted, found: value } as const]
  })
}

/** The difference of an output, of which `found` is undefined where it was not written. */
export function outputDifference(
  name: string,
  expected: Uint8Array,
  found: Uint8Array | undefined,
  tolerance: number,
): Difference | undefined {
  const of = 'output'
  if (found === undefined) return { of, name, expected: 'a file', found: undefined }
  if (Buffer.compare(expected, found) === 0) return undefined
  if (expected.includes(0) || found.includes(0)) {
    const at = expected.findIndex((byte, i) => byte !== found[i])
    const from = at < 0 ? expected.length : at
    return { of, name, expected: byteText(expected, from), found: byteText(found, from) }
  }
  const different = firstDifference(textOf(expected), textOf(found), tolerance)
  return different && { of, name, ...different }
}

/** The difference of an output that was not read to its end. */
export function tooLarge(name: string): Difference {
  return { of: 'output', name, expected: 'at most 64 MiB', found: 'more' }
}

/** `output series.csv, line 3: expected 1.5, found 1.6` */
export function differenceText({ of, name, line, expected, found }: Difference): string {
  const place = line === undefined ? '' : `, line ${line}`
  const nothing = of === 'metric' || expected === 'a file' ? 'nothing' : 'its end'
  return `${of} ${name}${place}: expected ${expected ?? 'its end'}, found ${found ?? nothing}`
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')

function byteText(bytes: Uint8Array, at: number): string | undefined {
  const byte = bytes[at]
  return byte === undefined ? undefined : `0x${byte.toString(16).padStart(2, '0')} at byte ${at}`
}
