/** Times as they are shown: relative and local for people, UTC in RFC 3339 for programs. */
import { durationText } from './text.ts'

/** `3 min 5 s ago`, or `in 10 s` for what is still to come. */
export function relativeTime(time: string, now: number): string {
  const distance = now - Date.parse(time)
  if (Math.abs(distance) < 1000) return 'now'
  return distance > 0 ? `${durationText(distance)} ago` : `in ${durationText(-distance)}`
}

/** The time for a terminal: local, with the zone's offset (`2026-05-01 14:03:07+02:00`); with `utc`, as it came. */
export function localTime(time: string, utc = false): string {
  if (utc) return time
  const date = new Date(time)
  const offset = -date.getTimezoneOffset()
  const local = new Date(date.getTime() + offset * 60_000).toISOString()
  const hours = String(Math.floor(Math.abs(offset) / 60)).padStart(2, '0')
  const minutes = String(Math.abs(offset) % 60).padStart(2, '0')
  return `${local.slice(0, 10)} ${local.slice(11, 19)}${offset < 0 ? '-' : '+'}${hours}:${minutes}`
}
