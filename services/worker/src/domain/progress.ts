/** Lines `::progress 0.42` in a model's log: a number from 0 to 1 says how far it is. The latest counts. */

const LINE = /^::progress[ \t]+([0-9.eE+-]{1,32})[ \t]*\r?$/
const LONGEST = 128

export type ProgressReader = { progress?: number; unfinished: string }

export const noProgress: ProgressReader = { unfinished: '' }

/** Reads on in the log; what does not end with a line break waits for the next piece. */
export function readProgress(reader: ProgressReader, text: string): ProgressReader {
  const lines = (reader.unfinished + text).split('\n')
  const unfinished = (lines.pop() ?? '').slice(0, LONGEST + 1)
  const progress = lines.findLast((line) => valueOf(line) !== undefined)
  const value = progress === undefined ? reader.progress : valueOf(progress)
  return value === undefined ? { unfinished } : { progress: value, unfinished }
}

function valueOf(line: string): number | undefined {
  const match = line.length <= LONGEST ? LINE.exec(line) : null
  const value = match ? Number(match[1]) : Number.NaN
  return value >= 0 && value <= 1 ? value : undefined
}
