/**
 * YAML that may come from anybody, in bounded time: what the parser would take too long for is refused before, each key
 * stands once in its map, keys are texts, and no tag makes anything of a value.
 */
import {
  isAlias,
  isMap,
  isScalar,
  Lexer,
  parseDocument,
  visit,
  type Document,
  type Node,
  type YAMLMap,
} from 'yaml'

export type Yaml = Document

/** A fault at an offset of the text. */
export type YamlFault = { at: number; detail: string }

/** Pieces of the text, as words and marks: a thousand parameters have about fifty thousand. */
const MOST_TOKENS = 100_000
const MOST_ALIASES = 100
/** Faults of one text that are told. */
const MOST_FAULTS = 100

/** Said of each word and mark behind a fault after which the parser has lost its way. */
const ECHO = /^Unexpected \S+ token in YAML stream/
const LOST = /^Unexpected \S+ (token in YAML stream|at node end)/

const TOO_DEEP = { at: 0, detail: 'it is nested too deeply' }

/** The document with its plain value, as it is after `mend`; or the first hundred faults. */
export function readYaml(
  text: string,
  mend: (document: Yaml) => void,
): { document: Yaml; value: unknown } | { faults: YamlFault[] } {
  if (isTooLong(text)) return { faults: [{ at: 0, detail: 'it has too many parts for a manifest' }] }
  try {
    // whatever version a text says it is: no sets, no dates, no numbers of other bases and no merging of maps
    const language = { schema: 'core', resolveKnownTags: false, merge: false } as const
    const options = { ...language, prettyErrors: false, logLevel: 'error', stringKeys: true } as const
    // its own check of keys compares each with all others
    const document = parseDocument(text, { ...options, uniqueKeys: false })
    const faults = faultsOf(document)
    if (faults.length > 0) return { faults }
    mend(document)
    return { document, value: document.toJS() }
  } catch (error) {
    // the parser calls itself for each level
    if (error instanceof RangeError) return { faults: [TOO_DEEP] }
    // what aliases stand for has aliases, and so on
    if (error instanceof ReferenceError) return { faults: [{ at: 0, detail: 'aliases make it too large' }] }
    throw error
  }
}

function isTooLong(text: string): boolean {
  let count = 0
  for (const _ of new Lexer().lex(text)) {
    count += 1
    if (count > MOST_TOKENS) return true
  }
  return false
}

function faultsOf(document: Yaml): YamlFault[] {
  const faults = [...document.errors, ...document.warnings]
    .filter(({ message }, at, all) => !ECHO.test(message) || !LOST.test(all[at - 1]?.message ?? ''))
    .slice(0, MOST_FAULTS)
    .map(({ pos, message }) =>
      message.startsWith('Maximum call') ? TOO_DEEP : { at: pos[0], detail: message },
    )
  if (faults.includes(TOO_DEEP)) return [TOO_DEEP]
  const anchors = new Set<string>()
  let aliases = 0
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) aliases += 1
      else if (node.anchor !== undefined) anchors.add(node.anchor)
      if (isAlias(node) && !anchors.has(node.source))
        faults.push({ at: node.range?.[0] ?? 0, detail: `there is nothing that *${node.source} could mean` })
      if (isMap<Node, Node | null>(node)) faults.push(...doubled(node))
      return aliases > MOST_ALIASES ? visit.BREAK : undefined
    },
  })
  if (aliases > MOST_ALIASES) faults.push({ at: 0, detail: `more than ${MOST_ALIASES} aliases` })
  return faults.slice(0, MOST_FAULTS)
}

function doubled({ items }: YAMLMap<Node, Node | null>): YamlFault[] {
  const keys = new Set<string>()
  return items.flatMap(({ key }) => {
    const name = isScalar(key) ? String(key.value) : ''
    if (!keys.has(name)) {
      keys.add(name)
      return []
    }
    return [{ at: key.range?.[0] ?? 0, detail: `the key ${name} stands here a second time` }]
  })
}
