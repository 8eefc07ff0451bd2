/** Reads a host's policy from its file (YAML), so that each fault is told with its line and column. */
import { isCollection, isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml'
import type { z } from 'zod'
import { nearest } from './nearest.ts'
import { Allowed, MOST_POLICY, Policy } from './policy.ts'

/** `place`: line and column, `3:5`. */
export type PolicyFault = { place: string; detail: string }

const MOST_TEXT = 65_536

/** Words that somebody may look for, and will not find. */
const NEVER = new Set([
  'binds',
  'capAdd',
  'cap_add',
  'device',
  'devices',
  'mounts',
  'paths',
  'ports',
  'privileged',
  'root',
  'security_opt',
  'socket',
  'user',
  'volumes',
])

/** The policy, or all faults of its text, from its top to its end. An empty text allows nothing. */
export function readPolicy(text: string): { policy: Policy } | { faults: PolicyFault[] } {
  if (text.length > MOST_TEXT) return whole(`at most ${MOST_TEXT} characters, it has ${text.length}`)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const told = (faults: Fault[]) => ({
    faults: faults
      .toSorted((a, b) => a.at - b.at)
      .map(({ at, detail }) => {
        const { line, col } = lines.linePos(at)
        return { place: `${line}:${col}`, detail }
      }),
  })
  if (document.errors.length > 0)
    return told(document.errors.map(({ pos, message }) => ({ at: pos[0], detail: message })))
  const value = plain(document)
  if ('fault' in value) return whole(value.fault)
  const parsed = Policy.safeParse(value.value ?? {})
  if (!parsed.success) return told(parsed.error.issues.flatMap((issue) => faultsOf(issue, document)))
  const size = JSON.stringify(parsed.data).length
  return size > MOST_POLICY
    ? whole(`at most ${MOST_POLICY} characters as JSON, it has ${size}`)
    : { policy: parsed.data }
}

/** `at`: the offset in the text. */
type Fault = { at: number; detail: string }

const whole = (detail: string): { faults: PolicyFault[] } => ({ faults: [{ place: '1:1', detail }] })

/** What only shows now: an alias of nothing, or too many of them. */
function plain(document: Document): { value: unknown } | { fault: string } {
  try {
    return { value: document.toJS() }
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) }
  }
}

function faultsOf(issue: z.core.$ZodIssue, document: Document): Fault[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      at: offsetOf(document, [...issue.path, key]),
      detail: unknownWord(key, issue.path.length === 0),
    }))
  const path = issue.path.join('.')
  const said = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message
  return [{ at: offsetOf(document, issue.path), detail: path === '' ? said : `${path}: ${said}` }]
}

function unknownWord(key: string, isTop: boolean): string {
  if (NEVER.has(key)) return `${key}: no policy can allow this (docs/security.md)`
  const words = Object.keys(isTop ? Policy.shape : Allowed.shape)
  const near = nearest(key, words)
  return `${key}: ${near === undefined ? `there are ${words.join(', ')}` : `did you mean ${near}?`}`
}

/** Where the key of a path stands, or what is nearest above it. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents
  let at = isNode(node) ? (node.range?.[0] ?? 0) : 0
  for (const step of path) {
    const pair = isMap(node)
      ? node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
      : undefined
    const next: unknown = pair ? pair.value : isCollection(node) ? node.get(step, true) : undefined
    const shown = pair ? pair.key : next
    if (!isNode(shown)) break
    at = shown.range?.[0] ?? at
    node = next
  }
  return at
}
