/** The report of an attempt's end: complete in itself, and never too large for the broker. */
import { limits, type Finished } from '@carya/contracts'

/** Bytes of output names in a report; far below what a broker takes in one message. */
const MOST_NAMES_BYTES = 2 ** 20

/** Leaves out outputs whose names together are too long, and says so; cuts the tail of the log to its limit. */
export function capped(report: Finished): Finished {
  let left = MOST_NAMES_BYTES
  const outputs = report.outputs
    .filter(({ name }) => (left -= name.length * 3) >= 0)
    .slice(0, limits.outputsListed)
  const notes = [...(report.notes ?? [])]
  if (report.outputsTotal > outputs.length)
    notes.push(`${outputs.length} of ${report.outputsTotal} outputs are listed`)
  return {
    ...report,
    outputs,
    logTail: report.logTail.slice(-limits.logTailBytes),
    ...(notes.length > 0 ? { notes } : {}),
  }
}

/** The report with one more note, if there is one. */
export function noted(report: Finished, note: string | undefined): Finished {
  return note === undefined ? report : { ...report, notes: [...(report.notes ?? []), note] }
}

/** What is left of a report that the broker would not take: how it ended, without what came of it. */
export function minimal(report: Finished): Finished {
  const notes = ['the report was too large for the broker: metrics, outputs and log are only in the store']
  return { ...report, metrics: {}, outputs: [], logTail: '', notes }
}
