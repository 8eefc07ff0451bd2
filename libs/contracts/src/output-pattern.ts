/**
 * Names of outputs as manifests declare them: plain, or patterns with `*` and `?` within a folder and `**` for any
 * folders. Models choose the names that are compared, so a comparison goes back to the last star only: it takes time
 * in proportion to both lengths, whatever stands in them, where regular expressions can take for ever.
 */

export function isPattern(declared: string): boolean {
  return /[*?]/.test(declared)
}

/** Whether a name is meant by what was declared. A file that is really called `a*b` is meant by `a*b`, too. */
export function outputMatcher(declared: string): (name: string) => boolean {
  if (!isPattern(declared)) return (name) => name === declared
  const steps = declared.split('/')
  // below a folder, not the folder itself
  const pattern = steps.at(-1) === '**' ? [...steps, '*'] : steps
  const tests = pattern.map((step) => (step === '**' ? undefined : stepMatcher(step)))
  return (name) => matches(tests, name.split('/'), (test, step) => test(step))
}

function stepMatcher(step: string): (name: string) => boolean {
  const letters = Array.from(step.replace(/\*+/g, '*'), (letter) => (letter === '*' ? undefined : letter))
  return (name) => matches(letters, Array.from(name), (letter, of) => letter === '?' || letter === of)
}

/** `undefined` stands for any number of items, none as well. */
function matches<P, I>(
  pattern: readonly (P | undefined)[],
  items: readonly I[],
  is: (p: P, i: I) => boolean,
) {
  let at = 0
  let star = -1
  let starred = 0
  for (let item = 0; item < items.length;) {
    const part = pattern[at]
    if (at < pattern.length && part === undefined) {
      star = at
      starred = item
      at += 1
    } else if (at < pattern.length && part !== undefined && is(part, items[item]!)) {
      at += 1
      item += 1
    } else if (star >= 0) {
      at = star + 1
      starred += 1
      item = starred
    } else return false
  }
  return pattern.slice(at).every((part) => part === undefined)
}
