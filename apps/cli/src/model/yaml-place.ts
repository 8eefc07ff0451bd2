/** Where in a YAML text a field stands, and where in it a place within its text. */
import { isAlias, isCollection, isMap, isScalar, isSeq, type Document, type Node, type Scalar } from 'yaml'

/** Both count from 1. */
export type Place = { line: number; column: number }

export type Source = { document: Document; text: string; place(offset: number): Place }

/** Places by offsets of a text. The parser's own counter misses lines of texts behind a fault. */
export function placesOf(text: string): (offset: number) => Place {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return (offset) => {
    const line = starts.findLastIndex((start) => start <= offset)
    return { line: line + 1, column: offset - starts[line]! + 1 }
  }
}

type Found = { key: Node | undefined; node: Node | undefined; isWhole: boolean }

/** The place of what stands at a path; of a map or list below its key that key's, of what is missing where it would belong. */
export function placeIn(
  source: Source,
  at: readonly PropertyKey[],
  { isKey, within }: { isKey?: boolean | undefined; within?: Place | undefined } = {},
): Place {
  const { key, node, isWhole } = find(source.document, at)
  const inside = within && isWhole && isScalar(node) ? placeWithin(source, node, within) : undefined
  if (inside) return inside
  const isAtKey = isWhole && key !== undefined && (isKey === true || node === undefined || isBlock(node))
  return source.place((isAtKey ? key : node)?.range?.[0] ?? 0)
}

/** The keys of a dotted path: keys may have dots themselves, so those are taken that are there. */
export function pathAt(document: Document, path: string): string[] {
  const steps = path === '' ? [] : path.split('.')
  const known = longest(document, document.contents ?? undefined, steps)
  const rest = steps.slice(known.join('.').split('.').length)
  return known.length === 0 ? steps : [...known, ...rest]
}

/** As many steps as are there. */
function longest(document: Document, node: Node | undefined, steps: readonly string[]): string[] {
  let best: string[] = []
  for (let count = 1; count <= steps.length; count += 1) {
    const key = steps.slice(0, count).join('.')
    const child = childOf(document, node, key)
    if (!child) continue
    const found = [key, ...longest(document, child.node, steps.slice(count))]
    if (found.join('.').length > best.join('.').length) best = found
  }
  return best
}

/** A map or list whose parts stand on lines of their own, below its key. */
function isBlock(node: Node): boolean {
  return isCollection(node) && node.flow !== true
}

function find(document: Document, at: readonly PropertyKey[]): Found {
  let found: Found = { key: undefined, node: document.contents ?? undefined, isWhole: true }
  for (const step of at) {
    const child = childOf(document, found.node, String(step))
    if (!child) return { ...found, isWhole: false }
    found = { ...child, isWhole: true }
  }
  return found
}

function childOf(
  document: Document,
  node: Node | undefined,
  step: string,
): Omit<Found, 'isWhole'> | undefined {
  const parent = isAlias(node) ? node.resolve(document) : node
  if (isSeq<Node>(parent)) {
    const item = /^\d+$/.test(step) ? parent.items[Number(step)] : undefined
    return item && { key: undefined, node: item }
  }
  if (!isMap<Node, Node | null>(parent)) return undefined
  const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === step)
  return pair && { key: pair.key, node: pair.value ?? undefined }
}

/** Undefined where the text is folded or escaped, so that its lines are not those of the file. */
function placeWithin({ text, place }: Source, node: Scalar, { line, column }: Place): Place | undefined {
  const [from = 0, to = 0] = node.range ?? []
  const value = String(node.value)
  if (node.type === 'BLOCK_LITERAL') {
    const there = place(from).line + line
    const written = text.split(/\r?\n/)[there - 1] ?? ''
    const meant = value.split('\n')[line - 1] ?? ''
    return written.endsWith(meant)
      ? { line: there, column: written.length - meant.length + column }
      : undefined
  }
  const verbatim = text.slice(from, to).indexOf(value)
  return line === 1 && verbatim >= 0 && !value.includes('\n')
    ? place(from + verbatim + column - 1)
    : undefined
}
