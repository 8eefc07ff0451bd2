/**
 * JSON from outside, before any schema sees it. What comes after (schemas, answers, records) goes through it by
 * recursion, names each fault in it, and puts its text where only text can stand: names in Redis, the environment of a
 * model. So it is bounded here, once for all of them.
 */
import { fault, type ProblemError } from './problem.ts'

export const MOST_LEVELS = 32
/** Fields of one object, or items of one list. */
export const MOST_PARTS = 4096

/** Whether objects and lists stand in each other more than this many levels deep. */
export function isTooDeep(value: unknown, levels = MOST_LEVELS): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((part) => isTooDeep(part, levels - 1))
}

/** Every place where it is too deep or too wide to be looked at, or has half a character for text. */
export function faultsOfJson(body: unknown): ProblemError[] {
  const found: ProblemError[] = []
  const path: string[] = []
  const wrong = (detail: string) => void found.push(fault(path, body, detail))
  const look = (value: unknown): void => {
    if (typeof value === 'string' && !value.isWellFormed())
      return wrong('text: a surrogate stands alone in it')
    if (typeof value !== 'object' || value === null) return
    if (path.length === MOST_LEVELS) return wrong(`at most ${MOST_LEVELS} levels of objects and lists`)
    const names = Object.keys(value)
    if (names.length > MOST_PARTS) return wrong(`at most ${MOST_PARTS} fields or items`)
    for (const name of names) {
      path.push(name)
      if (!name.isWellFormed()) wrong('a name that is text: a surrogate stands alone in it')
      look(Reflect.get(value, name))
      path.pop()
    }
  }
  look(body)
  return found
}
