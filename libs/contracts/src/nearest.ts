/** "Did you mean …?": the same guess wherever a name is mistyped. */

/** Longer words are no slips of the hand; and a comparison takes time by both lengths. */
const LONGEST = 128

/** The known word nearest to a wrong one, where it is near enough to be a slip of the hand. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > LONGEST) return undefined
  const most = Math.max(1, Math.floor(0.4 * word.length))
  let best: { word: string; distance: number } | undefined
  for (const candidate of known) {
    // so many letters must be put in or taken out at least
    if (Math.abs(candidate.length - word.length) > most) continue
    const distance = edits(word.toLowerCase(), candidate.toLowerCase())
    if (!best || distance < best.distance) best = { word: candidate, distance }
  }
  return best && best.distance <= most ? best.word : undefined
}

/** Letters to insert, delete, replace or swap with their neighbour. */
export function edits(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1]
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row[j] = Math.min(
        last[j]! + 1,
        row[j - 1]! + 1,
        last[j - 1]! + (same ? 0 : 1),
        swapped ? beforeLast[j - 2]! + 1 : Infinity,
      )
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}

/** Names that a guess is looked for: who has more of them wrong has not mistyped them. */
const MOST_GUESSES = 5

export type Guess = typeof nearest

/** Guesses as `nearest` does, the first few times: whoever sends names decides how many of them there are. */
export function fewGuesses(most = MOST_GUESSES): Guess {
  let guesses = 0
  return (word, known) => {
    guesses += 1
    return guesses > most ? undefined : nearest(word, known)
  }
}

/** What to say of each name that the model does not have, one after the other. */
export function unknownName(what: string, known: readonly string[]): (name: string) => string {
  const list = known.length > 0 ? `the model's are ${known.slice(0, 20).join(', ')}` : `the model has none`
  const guess = fewGuesses()
  return (name) => {
    const near = guess(name, known)
    return `no such ${what}: ${near === undefined ? '' : `did you mean ${near}? `}${list}`
  }
}
