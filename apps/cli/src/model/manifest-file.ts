/** Reads a manifest (`model.yaml`) so that its faults can be shown where they stand. */
import { isMap, isScalar } from 'yaml'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { readYaml, type Yaml } from './read-yaml.ts'
import { pathAt, placeIn, placesOf, type Place } from './yaml-place.ts'

export type ManifestFile = {
  manifest: unknown
  /** Where a field stands, `12:5`, by its dotted path; of one that is missing, where it would belong. */
  placeOf(path: string): string
  /** The same by its keys; `isKey` asks for the key, not for what stands behind it. */
  placeAt(at: readonly PropertyKey[], of?: { isKey?: boolean | undefined; within?: Place | undefined }): Place
}

export type TextFault = Place & { detail: string }

/** The manifest; fails as wrong use, with line and column, where the text is no YAML. */
export function readManifest(text: string, file: string): ManifestFile {
  const read = parseManifest(text)
  if (!('faults' in read)) return read
  throw new CommandFailure(exitCodes.usage, {
    title: `${file} is not understood`,
    errors: read.faults.map(({ line, column, detail }) => ({ path: `${file}:${line}:${column}`, detail })),
  })
}

/** The manifest in a text, or why the text is no YAML of one meaning. */
export function parseManifest(text: string): ManifestFile | { faults: TextFault[] } {
  const place = placesOf(text)
  const read = readYaml(text, keepVersionText)
  if ('faults' in read) return { faults: read.faults.map(({ at, detail }) => ({ ...place(at), detail })) }
  const source = { document: read.document, text, place }
  return {
    manifest: read.value,
    placeAt: (at, of) => placeIn(source, at, of),
    placeOf(path) {
      const { line, column } = placeIn(source, pathAt(read.document, path))
      return `${line}:${column}`
    },
  }
}

/** `version: 1.0` reads as the number 1; what was written counts. */
function keepVersionText({ contents }: Yaml): void {
  if (!isMap(contents)) return
  const version = contents.get('version', true)
  if (isScalar(version) && typeof version.value === 'number' && version.source !== undefined)
    version.value = version.source
}
