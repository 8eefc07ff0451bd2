/** What a manifest says of outputs, set against the names that were found. */
import { isPattern, nearest, outputMatcher, type Setup } from '@carya/contracts'

/** Guesses cost time, and the names are a model's. */
const MOST_GUESSES = 3
const MOST_CANDIDATES = 200
const MOST_NAMED = 10

export type Declared = {
  /** To be told of every name: 0 for one that was declared, 1 for one that a pattern means, 2 for others. */
  rank(name: string): number
  /** The file that a declared name means, of those told so far; or why there is not exactly one. */
  file(declared: string): { name: string } | { fault: string }
  /** What is required and not there, in words; undefined where nothing is missing. */
  missing(found: readonly string[]): string | undefined
}

/** `until`: whether patterns may still be compared; names that are told later are compared with none. */
export function declaredOutputs(outputs: Setup['outputs'], mayCompare: () => boolean): Declared {
  const declared = Object.entries(outputs ?? {})
  const plain = new Set(declared.map(([name]) => name).filter((name) => !isPattern(name)))
  const patterns = declared.map(([name]) => name).filter(isPattern)
  const seen = new Map<string, { first: string; count: number }>()
  const matchers = patterns.map((pattern) => ({ pattern, means: outputMatcher(pattern) }))
  const see = (of: string, name: string) => {
    const known = seen.get(of)
    if (known) known.count += 1
    else seen.set(of, { first: name, count: 1 })
  }
  return {
    rank(name) {
      const isNamed = plain.has(name)
      if (isNamed) see(name, name)
      if (matchers.length === 0 || !mayCompare()) return isNamed ? 0 : 2
      let isMeant = false
      for (const { pattern, means } of matchers)
        if (means(name)) {
          isMeant = true
          see(pattern, name)
        }
      return isNamed ? 0 : isMeant ? 1 : 2
    },
    file(of) {
      const { first, count = 0 } = seen.get(of) ?? {}
      if (first !== undefined && count === 1) return { name: first }
      return { fault: count === 0 ? 'there is no such file' : `${count} files are meant by it, not one` }
    },
    missing(found) {
      const absent = declared.flatMap(([name, { required }]) => (required && !seen.has(name) ? [name] : []))
      if (absent.length === 0) return undefined
      const some = absent.slice(0, MOST_NAMED).map((name, at) => {
        const near =
          at < MOST_GUESSES && !isPattern(name) ? nearest(name, found.slice(0, MOST_CANDIDATES)) : undefined
        return near === undefined ? name : `${name} (did you mean ${near}?)`
      })
      const more = absent.length > MOST_NAMED ? ` and ${absent.length - MOST_NAMED} more` : ''
      return `required outputs are missing: ${some.join(', ')}${more}; ${there(found)}`
    },
  }
}

function there(found: readonly string[]): string {
  if (found.length === 0) return 'there are none at all'
  const some = found.slice(0, MOST_NAMED).map((name) => (name.length > 100 ? `${name.slice(0, 100)}…` : name))
  return `there ${found.length === 1 ? 'is' : 'are'} ${some.join(', ')}${found.length > MOST_NAMED ? ', …' : ''}`
}
