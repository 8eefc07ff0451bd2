/**
 * Where in the container what a model is given stands: said once, for who checks a manifest, who renders the names of
 * inputs, and who mounts them.
 */
import { inside } from './containers.ts'
import type { Setup } from './setup.ts'

/** Folders in memory that every model may write. */
export const WRITABLE = ['/tmp'] as const

/** The absolute path of one that is absolute, or within the working folder. */
export function placeIn(workdir: string = inside.outputs, path: string): string {
  return path.startsWith('/') ? path : `${workdir}/${path}`
}

/** The absolute path of an input. */
export function placeOfInput(setup: Pick<Setup, 'workdir' | 'inputs'> | undefined, name: string): string {
  const path = setup?.inputs?.[name]?.path
  return path === undefined ? `${inside.inputs}/${name}` : placeIn(setup?.workdir, path)
}

/** Whether one of two absolute paths is the other, or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  return `${path}/`.startsWith(`${folder}/`)
}
