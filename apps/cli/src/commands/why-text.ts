/** A reason as text: for people in lines that fit the terminal, for programs in columns. */
import type { Reason } from '@carya/contracts'
import { printable } from '../terminal/text.ts'
import { localTime, relativeTime } from '../terminal/time.ts'

const INDENT = '         '

const words: Record<string, string> = {
  never: 'it cannot run as things are',
  act: 'somebody must do something',
  wait: 'it goes on by itself',
}

export type Layout = { width: number; now: number; utc: boolean }

/** Class and kind, and below them what is the matter, until when, and what to do. */
export function reasonLines(reason: Reason, { width, now, utc }: Layout): string[] {
  const { class: of, kind, detail, until, hint } = reason
  const time = until === undefined ? undefined : `until ${localTime(until, utc)}, ${relativeTime(until, now)}`
  return [
    `  ${of.padEnd(INDENT.length - 2)}${printable(kind)}: ${words[of] ?? ''}`.trimEnd(),
    ...[detail, time, hint && `→ ${hint}`]
      .filter((text) => text !== undefined && text !== '')
      .flatMap((text) => wrapped(printable(text!), width - INDENT.length))
      .map((line) => INDENT + line),
  ]
}

/** Class, kind, detail, until and hint with tabs between. */
export function columnsOf({ class: of, kind, detail, until = '', hint = '' }: Reason): string {
  return [of, kind, detail, until, hint].map((cell) => printable(cell).replaceAll(/\s+/g, ' ')).join('\t')
}

/** The words of a text in lines of at most so many characters; a longer word has a line of its own. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && Array.from(longer).length > width) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return line === '' ? lines : [...lines, line]
}
