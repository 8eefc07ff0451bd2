/** Where a command writes: results to stdout, progress and notices to stderr, so that pipes see results only. */
import { styleText } from 'node:util'

export type Style = Parameters<typeof styleText>[0]

/** Writes a result, a line. */
export function printLine(line = ''): void {
  process.stdout.write(`${line}\n`)
}

/** Writes a result as one JSON document (`finite`) or as one line of a stream of objects. */
export function printJson(value: unknown, layout: 'document' | 'line' = 'document'): void {
  process.stdout.write(`${JSON.stringify(value, null, layout === 'document' ? 2 : undefined)}\n`)
}

/** Writes a notice: something done, or something the user should know. */
export function notice(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** Colours a text of stdout where that is a terminal and NO_COLOR is not set. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout })
}

/** The same for stderr. */
export function paintNotice(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stderr })
}

/** Whether stdout is a terminal: people read; else a program or a file does. */
export const forPeople = (): boolean => process.stdout.isTTY

/** Whether questions can be asked: someone sits at the keyboard and reads what we ask. */
export const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY
