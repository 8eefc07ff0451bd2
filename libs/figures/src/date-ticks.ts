/** Where an axis of dates is marked, and how: each label can be understood without its neighbours. */
import type { Spec } from './look.ts'

/** Labels of this length find room beside each other on a time series. */
const MOST_STEPS = 8
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const MONTH = 30.4375 * DAY

const even = [
  ...[1, 5, 15, 30].map((n) => ({ step: n * MINUTE, format: '%-d %b %H:%M' })),
  ...[1, 3, 6, 12].map((n) => ({ step: n * HOUR, format: '%-d %b %H:%M' })),
  ...[1, 7, 14].map((n) => ({ step: n * DAY, format: '%-d %b %Y' })),
]
const monthly = [
  ...[1, 3, 6].map((months) => ({ months, format: '%b %Y' })),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((years) => ({ months: 12 * years, format: '%Y' })),
]

/**
 * Places, format and, where the labels do not tell the year, the title of an axis from one time to another
 * (milliseconds since 1970): as many labels as there is room for. All in UTC.
 */
export function dateTicks(from: number, to: number): Spec {
  if (from === to) return { values: [from], format: from % DAY === 0 ? '%-d %b %Y' : '%-d %b %Y %H:%M' }
  const room = (to - from) / MOST_STEPS
  const fixed = even.find(({ step }) => step >= room)
  if (fixed) {
    const title = fixed.step < DAY ? `UTC, from ${dateText(from)}` : null
    return { values: multiples(fixed.step, from, to), format: fixed.format, title }
  }
  const { months, format } = monthly.find((each) => each.months * MONTH >= room) ?? {
    months: 12_000,
    format: '%Y',
  }
  const values = multiples(months, monthOf(from), monthOf(to)).map(startOfMonth)
  return { values: values.filter((value) => value >= from && value <= to), format }
}

function dateText(time: number): string {
  return new Date(time).toLocaleDateString('en-GB', { timeZone: 'UTC', dateStyle: 'long' })
}

function multiples(step: number, from: number, to: number): number[] {
  const first = Math.ceil(from / step)
  return Array.from({ length: Math.max(Math.floor(to / step) - first + 1, 0) }, (_, n) => (first + n) * step)
}

/** Months since the year 0. */
function monthOf(time: number): number {
  const date = new Date(time)
  return date.getUTCFullYear() * 12 + date.getUTCMonth()
}

function startOfMonth(month: number): number {
  // Date.UTC would take the years below 100 for those of the last century
  return new Date(0).setUTCFullYear(Math.floor(month / 12), month % 12, 1)
}
