/**
 * Files beside a manifest that it names instead of their content: templates, which are written into it, and inputs and
 * expected outputs, which are uploaded. They must lie below the manifest's own folder, so that a folder that was copied
 * from somewhere else takes no other file of this machine along.
 */
import { realpath, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { systemCode } from '../stack/error-code.ts'
import { fieldOf, isFields } from './field-of.ts'

/** A file that a manifest names, and where: of a template where its text belongs. */
export type Local = { at: string[]; source: string; kind: 'template' | 'upload' }

/** Whether a source is a path here: it has no scheme. */
const isLocal = (source: unknown): source is string =>
  typeof source === 'string' && source !== '' && !/^[a-z][a-z0-9+.-]*:/i.test(source)

/** Every file beside it that a manifest names. */
export function localsOf(manifest: unknown): Local[] {
  const test = fieldOf(manifest, 'test')
  return [
    ...entriesOf(fieldOf(manifest, 'files')).flatMap(([name, file]): Local[] => {
      const source = fieldOf(file, 'source')
      return typeof source === 'string' ? [{ at: ['files', name, 'source'], source, kind: 'template' }] : []
    }),
    ...entriesOf(fieldOf(manifest, 'inputs')).flatMap(([name, input]) =>
      uploads(['inputs', name, 'default'], fieldOf(input, 'default')),
    ),
    ...entriesOf(fieldOf(test, 'inputs')).flatMap(([name, source]) =>
      uploads(['test', 'inputs', name], source),
    ),
    ...entriesOf(fieldOf(test, 'outputs')).flatMap(([name, source]) =>
      uploads(['test', 'outputs', name], source),
    ),
  ]
}

function uploads(at: string[], source: unknown): Local[] {
  return isLocal(source) ? [{ at, source, kind: 'upload' }] : []
}

/** The file's true path, or why it is none that may be taken. */
export async function findLocal(
  folder: string,
  source: string,
): Promise<{ path: string; size: number } | { detail: string }> {
  if (source.startsWith('/') || source.split('/').includes('..') || source.includes('\0'))
    return { detail: 'a path below the folder of the manifest: relative, and without ..' }
  try {
    const [path, root] = await Promise.all([realpath(join(folder, source)), realpath(folder)])
    if (relative(root, path).split(sep)[0] === '..')
      return { detail: `a file below the folder of the manifest, where ${source} leads out of it` }
    const stats = await stat(path)
    return stats.isFile() ? { path, size: stats.size } : { detail: `a regular file, which ${source} is not` }
  } catch (error) {
    return {
      detail:
        systemCode(error) === 'ENOENT'
          ? `a file beside the manifest: there is no ${source}`
          : `a file that can be read: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}

/** Puts a value where a file was named; of a template beside it. False where one is there already. */
export function setLocal(manifest: unknown, { at, kind }: Local, value: string): boolean {
  const parent = at.slice(0, -1).reduce(fieldOf, manifest)
  if (!isFields(parent)) return false
  if (kind === 'upload') {
    parent[at.at(-1)!] = value
    return true
  }
  // a copy, for by an alias the same file may stand under several names
  const { source: _, ...file } = parent
  const files = at.slice(0, -2).reduce(fieldOf, manifest)
  if (!isFields(files)) return false
  files[at.at(-2)!] = { template: value, ...file }
  return !Object.hasOwn(file, 'template')
}

function entriesOf(value: unknown): [string, unknown][] {
  return isFields(value) ? Object.entries(value) : []
}
