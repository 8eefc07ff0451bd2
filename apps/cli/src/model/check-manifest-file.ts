/** A manifest file as it will be registered, or all that is wrong with it and with the files that it names. */
import { limits, MOST_TEMPLATE } from '@carya/contracts'
import { checkManifest, type ManifestFault } from '@carya/manifest'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { findLocal, localsOf, setLocal, type Local } from './local-files.ts'
import { parseManifest, type ManifestFile } from './manifest-file.ts'
import { readText } from './read-text.ts'

/** A fault where it stands; `path` is the field, empty where it is of the file as a whole. */
export type PlacedFault = { file: string; line: number; column: number; path: string; detail: string }

/** A file that is uploaded before the manifest is registered. */
export type Upload = { local: Local; path: string; size: number }

export type CheckedFile =
  | { faults: PlacedFault[] }
  | { file: string; manifest: unknown; uploads: Upload[]; read: ManifestFile }

const MOST_BYTES = limits.requestBytes
/** Faults of one manifest that are told. */
const MOST_FAULTS = 100
/** Stands for a file that is not uploaded yet. */
const FUTURE = `store:sha256/${'0'.repeat(64)}`

/**
 * The manifest in a file, or in the `model.yaml` of a folder, with its templates in it. What is to be uploaded stands in
 * it as a URL of zeros until it is. Throws for no file whatever.
 */
export async function checkManifestFile(given: string): Promise<CheckedFile> {
  const isFolder = await stat(given).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
  const file = isFolder ? join(given, 'model.yaml') : given
  const text = await readText(file, MOST_BYTES)
  if (!('text' in text)) return { faults: [{ file, path: '', ...text }] }
  const read = parseManifest(text.text)
  if ('faults' in read) return { faults: read.faults.map((fault) => ({ file, path: '', ...fault })) }
  const { manifest, faults: missing, uploads, templates } = await withLocals(file, read.manifest)
  const checked = checkManifest(manifest)
  const faults = [...missing, ...('faults' in checked ? checked.faults : [])]
  if (faults.length === 0) return { file, manifest, uploads, read }
  const told = faults.slice(0, MOST_FAULTS).map((fault) => placed(file, read, templates, fault))
  const more = faults.length - told.length
  const rest = { file, line: 1, column: 1, path: '', detail: `${more} more faults` }
  return { faults: [...told.toSorted(byPlace), ...(more > 0 ? [rest] : [])] }
}

/** The manifest with what its local files stand for, and what is wrong with those. */
async function withLocals(file: string, given: unknown) {
  const manifest: unknown = structuredClone(given)
  const faults: ManifestFault[] = []
  const uploads: Upload[] = []
  /** by the path of a field: the file that its template came from */
  const templates = new Map<string, string>()
  for (const local of localsOf(given)) {
    const found = await findLocal(dirname(file), local.source)
    let detail = 'detail' in found ? found.detail : undefined
    let value = local.kind === 'upload' ? FUTURE : ''
    if (!('detail' in found) && local.kind === 'upload') uploads.push({ local, ...found })
    if (!('detail' in found) && local.kind === 'template') {
      const text = await readText(found.path, MOST_TEMPLATE * 4)
      if ('text' in text) value = text.text
      else detail = `${local.source}:${text.line}:${text.column}: ${text.detail}`
      templates.set(keyOf(local.at.slice(0, -1)), join(dirname(file), local.source))
    }
    if (!setLocal(manifest, local, value)) detail = 'either source or template, not both'
    if (detail !== undefined) faults.push({ at: local.at, detail })
  }
  return { manifest, faults, uploads, templates }
}

function placed(
  file: string,
  read: ManifestFile,
  templates: ReadonlyMap<string, string>,
  { at, detail, isKey, within }: ManifestFault,
): PlacedFault {
  const path = at.map(String).join('.')
  const source = within && templates.get(keyOf(at.slice(0, -1)))
  if (source !== undefined) return { file: source, ...within!, path, detail }
  return { file, ...read.placeAt(at, { isKey, within }), path, detail }
}

const keyOf = (at: readonly PropertyKey[]): string => JSON.stringify(at.map(String))

function byPlace(one: PlacedFault, other: PlacedFault): number {
  return one.line - other.line || one.column - other.column
}
