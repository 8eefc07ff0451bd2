/**
 * The time axis of a series. Times stand as text in a model's file: they are dates if all parse as such, else numbers,
 * else names in the file's order. Each kind must grow from row to row, or a calendar that ours cannot hold (30 days in
 * February) would be drawn out of order; then they are names.
 */
export type Times =
  | { kind: 'dates'; values: number[] }
  | { kind: 'numbers'; values: number[] }
  | { kind: 'names'; values: string[] }

const DATE = /^\d{4}-\d{2}(-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?$/u
const ZONED = /(Z|[+-]\d{2}:\d{2})$/u
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/iu

/** Dates are milliseconds since 1970; those without a zone are in UTC, wherever the picture is drawn. */
export function readTimes(times: readonly string[]): Times {
  const dates = times.map(readDate)
  if (isGrowing(dates)) return { kind: 'dates', values: dates }
  const numbers = times.map((time) => (NUMBER.test(time.trim()) ? Number(time) : Number.NaN))
  if (isGrowing(numbers)) return { kind: 'numbers', values: numbers }
  return { kind: 'names', values: [...times] }
}

function readDate(time: string): number {
  const text = time.trim()
  if (!DATE.test(text)) return Number.NaN
  return Date.parse(
    text.length <= 10 || ZONED.test(text) ? text.replace(' ', 'T') : `${text.replace(' ', 'T')}Z`,
  )
}

function isGrowing(values: readonly number[]): boolean {
  return values.every((value, at) => Number.isFinite(value) && (at === 0 || value > (values[at - 1] ?? 0)))
}
