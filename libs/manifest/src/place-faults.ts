import { engineAt, isWithin, placeIn, PlacePath, WRITABLE } from '@carya/contracts'
import type { ManifestFault } from './fault.ts'
import type { Readable } from './readable.ts'

type Place = { at: PropertyKey[]; path: string; what: string }

type Placing = Pick<Readable, 'files' | 'inputs' | 'workdir' | 'writable'>

/** Inputs and rendered files of which one would lie where another does, or inside it, or hide a folder in memory; what hides the engine's. */
export function placeFaults({ files, inputs, workdir, writable }: Placing): ManifestFault[] {
  const places = [
    ...[...inputs.right].flatMap(([name, { path }]) =>
      path === undefined
        ? []
        : [{ at: ['inputs', name, 'path'], path: placeIn(workdir, path), what: `input ${name}` }],
    ),
    ...files.names
      .filter((path) => PlacePath.safeParse(path).success)
      .map((path) => ({ at: ['files', path], path: placeIn(workdir, path), what: `file ${path}` })),
  ]
  const taken = new Map<string, Place>()
  const folders = writable.map((path, index) => ({ at: ['isolation', 'writable', index], path }))
  const faults: ManifestFault[] = [...places, ...folders].flatMap(({ at, path }) => {
    const engines = engineAt(path)
    return engines === undefined ? [] : [{ at, detail: `a place of its own: ${engines} is the engine’s` }]
  })
  for (const { at, path } of places) {
    const hidden = [...WRITABLE, ...writable].find((folder) => isWithin(folder, path))
    if (hidden !== undefined)
      faults.push({ at, detail: `a place of its own: ${hidden} is a folder that may be written` })
  }
  // from the outermost in, so that what lies inside finds what it lies in
  for (const place of places.toSorted((one, other) => one.path.length - other.path.length)) {
    const other = stepsOf(place.path)
      .map((path) => taken.get(path))
      .find((each) => each !== undefined)
    if (other) {
      const where =
        other.path === place.path ? 'is there already' : `lies at ${other.path}, which is no folder`
      faults.push({ at: place.at, detail: `a place of its own: ${other.what} ${where}` })
    } else taken.set(place.path, place)
  }
  return faults
}

/** `/a/b/c`: itself, and what it lies in. */
function stepsOf(path: string): string[] {
  const steps = path.split('/').slice(1)
  return steps.map((_, at) => `/${steps.slice(0, at + 1).join('/')}`)
}
