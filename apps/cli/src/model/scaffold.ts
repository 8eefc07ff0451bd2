/** The beginning of a model, in the language of its author: files that carya model test passes as they are. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'

export const languages = ['python', 'c', 'fortran', 'r', 'shell'] as const
export type Language = (typeof languages)[number]

const shapes: Record<Language, { source: string; command: readonly string[] }> = {
  python: { source: 'model.py', command: ['python3', '/model.py'] },
  c: { source: 'model.c', command: ['/model'] },
  fortran: { source: 'model.f90', command: ['/model'] },
  r: { source: 'model.R', command: ['Rscript', '--vanilla', '/model.R'] },
  shell: { source: 'model.sh', command: ['/bin/sh', '/model.sh'] },
}

const folder = fileURLToPath(new URL('scaffold/', import.meta.url))

/** The files by their names, for a model of this name. */
export async function scaffoldOf(name: string, language: Language): Promise<Map<string, string>> {
  const { source, command } = shapes[language]
  const places: [file: string, from: string][] = [
    ['README.md', `${folder}all/README.md`],
    ['model.yaml', `${folder}all/model.yaml`],
    ['Dockerfile', `${folder}${language}/Dockerfile`],
    [source, `${folder}${language}/${source}`],
  ]
  const files = new Map<string, string>()
  for (const [file, from] of places) {
    const text = await readFile(from, 'utf8')
    files.set(
      file,
      text
        // as YAML, which reads some names as numbers or as null
        .replaceAll('name: MODEL_NAME', () => stringify({ name }).trimEnd())
        .replaceAll('MODEL_NAME', name)
        .replaceAll('MODEL_SOURCE', source)
        .replaceAll('MODEL_COMMAND', `[${command.join(', ')}]`),
    )
  }
  const { schemas } = await import('@carya/contracts/documents')
  return files.set('model.schema.json', `${JSON.stringify(schemas()['ManifestFile'], null, 2)}\n`)
}
