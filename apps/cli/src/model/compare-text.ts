/**
 * Whether a file came out as expected: the same words in the same order, numbers within a tolerance. How words are set
 * apart does not count, for programs pad their columns differently from one library to the next.
 */

/** Where two texts differ first: the line of the text that was found, from 1 on, and the words there. */
export type TextDifference = {
  line: number
  /** undefined: the expected text has ended */
  expected: string | undefined
  /** undefined: the text that was found has ended */
  found: string | undefined
}

// marks of CSV, JSON and namelists are words of their own, so that a number beside one is seen as a number
const WORDS = /\n|[,;=()[\]{}"']|(?<=["']):|[^\s,;=()[\]{}"']+/g

// with Fortran's letter for the exponent of doubles
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eEdD][+-]?\d+)?$/

/** The first difference; undefined where there is none. The tolerance is a share of the expected number. */
export function firstDifference(
  expected: string,
  found: string,
  tolerance: number,
): TextDifference | undefined {
  const wanted = words(expected)
  const seen = words(found)
  for (;;) {
    const one = wanted.next().value
    const other = seen.next().value
    if (one === undefined && other === undefined) return undefined
    if (one !== undefined && other !== undefined && isAlike(one.word, other.word, tolerance)) continue
    // what is missing is missing behind the last word
    const line = other?.line ?? lineAtEnd(found)
    return { line, expected: one?.word, found: other?.word }
  }
}

/** Whether a number is within the tolerance, a share of what is expected: of 0 only 0 is. */
export function isNear(expected: number, found: number, tolerance: number): boolean {
  if (!Number.isFinite(expected)) return Object.is(expected, found)
  return Math.abs(found - expected) <= tolerance * Math.abs(expected)
}

function isAlike(expected: string, found: string, tolerance: number): boolean {
  if (expected === found) return true
  return NUMBER.test(expected) && NUMBER.test(found) && isNear(valueOf(expected), valueOf(found), tolerance)
}

const valueOf = (word: string): number => Number(word.replace(/[dD]/, 'e'))

function* words(text: string): Generator<{ word: string; line: number }, undefined> {
  let line = 1
  for (const [word] of text.matchAll(WORDS)) {
    if (word === '\n') line += 1
    else yield { word, line }
  }
}

function lineAtEnd(text: string): number {
  return text.trimEnd().split('\n').length
}
