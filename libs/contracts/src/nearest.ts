/** "Did you mean …?": the same guess wherever a name is mistyped. */

/** Longer words are no slips of the hand; and a comparison takes time by both lengths. */
const LONGEST = 128

/** Pairs of letters that are compared for one guess, a millisecond: enough for hundreds of names of thirty letters. */
const MOST_PAIRS = 300_000

/** The known word nearest to a wrong one, where it is near enough to be a slip of the hand. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > LONGEST) return undefined
  let most = Math.max(1, Math.floor(0.4 * word.length))
  let best: string | undefined
  let pairs = 0
  for (const candidate of known) {
    // so many letters must be put in or taken out at least
    if (Math.abs(candidate.length - word.length) > most) continue
    pairs += word.length * candidate.length
    if (pairs > MOST_PAIRS) break
    const distance = edits(word.toLowerCase(), candidate.toLowerCase(), most)
    if (distance > most) continue
    best = candidate
    if (distance === 0) break
    most = distance - 1
  }
  return best
}

/** Letters to insert, delete, replace or swap with their neighbour; where it takes more than `most`, any number above. */
export function edits(a: string, b: string, most = Infinity): number {
  const width = b.length + 1
  let [beforeLast, last, row] = [new Uint16Array(width), new Uint16Array(width), new Uint16Array(width)]
  for (let j = 0; j < width; j += 1) last[j] = j
  let leastBefore = 0
  for (let i = 1; i <= a.length; i += 1) {
    const letter = a.charCodeAt(i - 1)
    const letterBefore = i > 1 ? a.charCodeAt(i - 2) : -1
    let otherBefore = -1
    let left = i
    row[0] = i
    let least = i
    for (let j = 1; j < width; j += 1) {
      const other = b.charCodeAt(j - 1)
      let cost = letter === other ? last[j - 1]! : last[j - 1]! + 1
      if (last[j]! < cost) cost = last[j]! + 1
      if (left < cost) cost = left + 1
      if (letter === otherBefore && letterBefore === other && beforeLast[j - 2]! < cost)
        cost = beforeLast[j - 2]! + 1
      row[j] = cost
      left = cost
      otherBefore = other
      if (cost < least) least = cost
    }
    // what follows takes no less, but for a swap, which goes on from the row before
    if (least > most && leastBefore >= most) return least
    leastBefore = least
    ;[beforeLast, last, row] = [last, row, beforeLast]
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
