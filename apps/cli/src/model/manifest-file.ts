/** Reads a manifest (`model.yaml`) so that its faults can be shown where they stand. */
import { isCollection, isMap, isScalar, LineCounter, parseDocument, type Document, type Node } from 'yaml'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'

export type ManifestFile = {
  manifest: unknown
  /** Where a field stands, `12:5`; of one that is missing, where it would belong. */
  placeOf(path: string): string
}

/** The manifest; fails as wrong use, with line and column, where the text is no YAML. */
export function readManifest(text: string, file: string): ManifestFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return `${line}:${col}`
  }
  if (document.errors.length > 0)
    throw new CommandFailure(exitCodes.usage, {
      title: `${file} is not understood`,
      errors: document.errors.map((error) => ({
        path: `${file}:${place(error.pos[0])}`,
        detail: error.message,
      })),
    })
  keepVersionText(document)
  return {
    manifest: valueOf(document, file),
    placeOf: (path) => place(nodeAt(document, path)?.range?.[0] ?? 0),
  }
}

/** The plain value; what only shows then, an alias of nothing or too many of them, is refused too. */
function valueOf(document: Document, file: string): unknown {
  try {
    return document.toJS()
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    throw new CommandFailure(exitCodes.usage, {
      title: `${file} is not understood`,
      errors: [{ path: file, detail }],
    })
  }
}

/** `version: 1.0` reads as the number 1; what was written counts. */
function keepVersionText(document: Document): void {
  if (!isMap(document.contents)) return
  const version = document.contents.get('version', true)
  if (isScalar(version) && typeof version.value === 'number' && version.source !== undefined)
    version.value = version.source
}

/** The node at a dotted path, or the nearest one above it. */
function nodeAt(document: Document, path: string): Node | undefined {
  let node: Node | null = document.contents
  for (const step of path === '' ? [] : path.split('.')) {
    const next: unknown = isCollection(node)
      ? node.get(/^\d+$/.test(step) ? Number(step) : step, true)
      : undefined
    if (!isNode(next)) break
    node = next
  }
  return node ?? undefined
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isCollection(value)
}
