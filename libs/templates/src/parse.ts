/**
 * The text of a template in pieces. Between `{{` and `}}` stands a name or a quoted text, and after it filters:
 *
 *     {{ params.k | fixed: 3 | padleft: 10 }}
 *
 * There is nothing else: no condition, no loop, no expression, so a template takes no longer than it is long. A piece
 * ends on the line where it began. Everything outside is text and comes out as it is, whatever it looks like; `{{`
 * itself is written `{{ '{{' }}`.
 */
import { faultAt, type TemplateFault } from './fault.ts'

export type Argument = number | string

export type Call = { at: number; name: string; given: readonly Argument[] }

/** `source` is a dotted name, or a text that was written in quotes. */
export type Slot = { at: number; source: { name: string } | { text: string }; calls: readonly Call[] }

export type Piece = string | Slot

const TOKEN =
  /[ \t]*(?:(?<mark>\}\}|[|:,])|(?<text>'[^'\n]*'|"[^"\n]*")|(?<number>-?\d+(?:\.\d+)?)|(?<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_.-]+)?))/y

type Token = { at: number; kind: 'mark' | 'text' | 'number' | 'name'; word: string }

class Unexpected extends Error {
  readonly at: number
  readonly wanted: string
  constructor(at: number, wanted: string) {
    super(wanted)
    this.at = at
    this.wanted = wanted
  }
}

/** Faults that are looked for in one template. */
export const MOST_FAULTS = 100

/** Filters of one slot. */
const MOST_FILTERS = 16

/** The pieces in order, with the faults of form; a slot that has one is left out of the pieces. */
export function parseTemplate(text: string): { pieces: Piece[]; faults: TemplateFault[] } {
  const pieces: Piece[] = []
  const faults: TemplateFault[] = []
  let done = 0
  for (let at = text.indexOf('{{'); at >= 0 && faults.length < MOST_FAULTS; at = text.indexOf('{{', done)) {
    if (at > done) pieces.push(text.slice(done, at))
    try {
      const { slot, end } = readSlot(text, at)
      pieces.push(slot)
      done = end
    } catch (error) {
      if (!(error instanceof Unexpected)) throw error
      faults.push(faultAt(text, error.at, error.wanted))
      done = afterSlot(text, at)
    }
  }
  if (done < text.length) pieces.push(text.slice(done))
  return { pieces, faults }
}

function readSlot(text: string, at: number): { slot: Slot; end: number } {
  let offset = at + 2
  const next = (): Token => {
    const token = tokenAt(text, offset)
    offset = token.at + token.word.length
    return token
  }
  const source = sourceOf(next())
  const calls: Call[] = []
  let token = next()
  while (isMark(token, '|')) {
    const filter = next()
    if (filter.kind !== 'name') throw new Unexpected(filter.at, 'the name of a filter belongs here, after |')
    if (calls.length === MOST_FILTERS)
      throw new Unexpected(filter.at, `at most ${MOST_FILTERS} filters one after the other`)
    const given: Argument[] = []
    token = next()
    for (let before = ':'; isMark(token, before); before = ',') {
      given.push(argumentOf(next()))
      token = next()
    }
    calls.push({ at: filter.at, name: filter.word, given })
  }
  if (!isMark(token, '}}')) throw new Unexpected(token.at, `}} or | belongs here, not ${token.word}`)
  return { slot: { at, source, calls }, end: offset }
}

function sourceOf({ kind, word, at }: Token): Slot['source'] {
  if (kind === 'name') return { name: word }
  if (kind === 'text') return { text: word.slice(1, -1) }
  throw new Unexpected(at, 'a name belongs here, for example params.k, or a text in quotes')
}

function argumentOf({ kind, word, at }: Token): Argument {
  if (kind === 'number') return Number(word)
  if (kind === 'text') return word.slice(1, -1)
  throw new Unexpected(at, 'a number or a text in quotes belongs here')
}

function isMark({ kind, word }: Token, mark: string): boolean {
  return kind === 'mark' && word === mark
}

function tokenAt(text: string, offset: number): Token {
  TOKEN.lastIndex = offset
  const groups = TOKEN.exec(text)?.groups
  for (const kind of ['mark', 'text', 'number', 'name'] as const) {
    const word = groups?.[kind]
    if (word !== undefined) return { at: TOKEN.lastIndex - word.length, kind, word }
  }
  let at = offset
  while (text[at] === ' ' || text[at] === '\t') at += 1
  const found = text.codePointAt(at)
  if (found === undefined || found === 10 || found === 13)
    throw new Unexpected(at, '}} is missing: what begins with {{ must end on its line')
  throw new Unexpected(at, `${JSON.stringify(String.fromCodePoint(found))} has no meaning here`)
}

/** Where reading goes on after a slot with a fault: behind its end, or at the end of its line. */
function afterSlot(text: string, at: number): number {
  const rest = /\}\}|\n|$/g
  rest.lastIndex = at + 2
  const found = rest.exec(text)!
  return found.index + (found[0] === '}}' ? 2 : 0)
}
