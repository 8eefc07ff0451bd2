/**
 * Words for a picture. They come from models and users: nothing of them may become more than text, spoil the order of
 * what stands beside them, or run out of its place. The pictures' engine writes them as escaped text; what XML cannot
 * hold at all is taken away here.
 */
import { letterWidth } from './letter-width.ts'

const NOT_XML = /[\p{Cc}\p{Cs}\ufffe\uffff]/gu
/** Marks that turn the direction of text, of which a name needs none. */
const TURNS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu
const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u
/** More marks on one letter than any script has would grow into the lines above. */
const PILE = /(\p{M}{4})\p{M}+/gu
const ISOLATE = '\u2068'
const POP = '\u2069'
const MOST_CHARACTERS = 2000

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
const letters = (text: string): string[] => Array.from(segmenter.segment(text), ({ segment }) => segment)

/** Text that XML can hold, on one line, its direction kept to itself; `—` where nothing is left. */
export function clean(text: string): string {
  const plain = text
    .slice(0, MOST_CHARACTERS)
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(NOT_XML, '')
    .replaceAll(TURNS, '')
    .replaceAll(PILE, '$1')
    .trim()
  if (plain === '') return '—'
  return RIGHT_TO_LEFT.test(plain) ? ISOLATE + plain + POP : plain
}

/** The width of a text in pixels, in DejaVu Sans of a size. */
export function widthOf(text: string, size: number): number {
  let width = 0
  for (const letter of letters(text)) width += letterWidth(letter)
  return width * size
}

/**
 * Breaks a text into lines no wider than so many pixels: at spaces, within names after `_` and the like, else
 * anywhere. What goes beyond the last line is cut, which `…` says.
 */
export function wrap(text: string, size: number, pixels: number, most: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const piece of pieces(text, size, pixels)) {
    if (widthOf((line + piece).trimEnd(), size) <= pixels) {
      line += piece
      continue
    }
    lines.push(line.trim())
    line = piece.replace(/^ +/u, '')
    if (lines.length === most) break
  }
  if (lines.length < most) lines.push(line.trim())
  else lines[most - 1] = ellipsis(lines[most - 1] ?? '', size, pixels)
  return closed(lines)
}

/** Parts that stay together on a line, none wider than it. A full stop in a number, or the minus of an exponent, ends none. */
function pieces(text: string, size: number, pixels: number): string[] {
  const words = text.split(/(?<=[ _/;:])|(?<=[.,-])(?!\d)/u)
  return words.flatMap((word) => (widthOf(word.trimEnd(), size) <= pixels ? [word] : letters(word)))
}

function ellipsis(line: string, size: number, pixels: number): string {
  const kept = letters(line)
  while (kept.length > 0 && widthOf(`${kept.join('')}…`, size) > pixels) kept.pop()
  return `${kept.join('').trimEnd()}…`
}

/** Each line keeps the direction of its text to itself: what was opened is closed on it, and opened again on the next. */
function closed(lines: readonly string[]): string[] {
  let open = false
  return lines.map((line) => {
    const begun = open ? ISOLATE + line : line
    open = begun.lastIndexOf(ISOLATE) > begun.lastIndexOf(POP)
    return open ? begun + POP : begun
  })
}

/** The same labels, no two alike: what was cut to the same text gets a number. A scale knows its steps by their labels. */
export function distinct(labels: readonly string[]): string[] {
  const used = new Set<string>()
  return labels.map((label) => {
    let name = label
    for (let n = 2; used.has(name); n++) name = `${label} (${n})`
    used.add(name)
    return name
  })
}
