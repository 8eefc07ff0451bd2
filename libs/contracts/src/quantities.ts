/**
 * Durations (`90s`, `10m`, `2d`) and sizes (bytes, or `256MiB`), parsed here once.
 * Known libraries read `256MiB` as 256 bytes and `10M` as ten minutes, so these few lines are our own.
 */
import { z } from 'zod'

const SECONDS: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 }
const BYTES: Record<string, number> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
}
const DURATION = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|d)$/
const SIZE = /^(\d{1,12}(?:\.\d{1,6})?)(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$/

/** Seconds in a duration such as `90s`; undefined where the text is none. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text)
  return match ? Number(match[1]) * SECONDS[match[2]!]! : undefined
}

/** Whole bytes in a size: a count of bytes, or text such as `256MiB`; undefined where it is neither. */
export function parseSize(size: string | number): number | undefined {
  if (typeof size === 'number') return Number.isSafeInteger(size) && size >= 0 ? size : undefined
  const match = SIZE.exec(size)
  return match ? Math.round(Number(match[1]) * BYTES[match[2]!]!) : undefined
}

/** A size for people: `256 MiB`, three significant digits. */
export function formatSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 ? value : Number(value.toPrecision(3))} ${units[unit]}`
}

/** Longer than anybody waits; a time that is so much later still has a year of four digits. */
const LONGEST = '3650d'

const A_DURATION = 'a duration: a number and one of ms, s, m, h, d, for example 90s or 10m'
const A_SIZE = 'a size: bytes, or a number and one of KiB, MiB, GiB, kB, MB, GB, for example 256MiB'

export const Duration = z
  .string(A_DURATION)
  .regex(DURATION, A_DURATION)
  .refine((text) => parseDuration(text) !== 0, 'a duration longer than nothing')
  .refine(
    (text) => (parseDuration(text) ?? 0) <= parseDuration(LONGEST)!,
    `a duration of at most ${LONGEST}: ten years`,
  )
  .meta({
    id: 'Duration',
    description: `A number and ms, s, m, h or d: \`90s\`, \`10m\`, \`2d\`; at most \`${LONGEST}\``,
    examples: ['10m'],
  })

const SHORTEST_LEASE = 2

export const Lease = Duration.refine(
  (text) => (parseDuration(text) ?? 0) >= SHORTEST_LEASE,
  `a lease of at least ${SHORTEST_LEASE}s: heartbeats come four times as often`,
).meta({
  id: 'Lease',
  description: 'How long a worker may be out of touch before its attempt goes to another',
})

export const Size = z
  .union([z.int(A_SIZE).min(1, A_SIZE), z.string().regex(SIZE, A_SIZE)], A_SIZE)
  .refine((size) => parseSize(size) !== 0, 'a size larger than nothing')
  .meta({ id: 'Size', description: 'Bytes, or a number and a unit: `256MiB`', examples: ['256MiB'] })
