/**
 * Where in the container what a model is given stands: said once, for who checks a manifest, who renders the names of
 * inputs, and who mounts them.
 */
import { inside } from './containers.ts'
import type { Job } from './job.ts'
import type { Setup } from './setup.ts'

export type Placing = Pick<Job, 'files' | 'inputs' | 'setup'>

/** Folders in memory that every model may write. */
export const WRITABLE = ['/tmp'] as const

/**
 * What engines mount or link in every container. Of their init also where it is in images whose `/sbin` is a link.
 */
const ENGINES = [
  '/etc/hosts',
  '/etc/hostname',
  '/etc/resolv.conf',
  '/etc/mtab',
  '/sbin/docker-init',
  '/usr/sbin/docker-init',
  '/usr/bin/docker-init',
] as const

const MOST_STEP_BYTES = 255
const encoder = new TextEncoder()

/** What an engine has at an absolute path, around it or in it: were something mounted there, no container would start. */
export function engineAt(path: string): string | undefined {
  return ENGINES.find((each) => isWithin(each, path) || isWithin(path, each))
}

/** Whether an engine can mount at a path of such names: file systems have a limit, and in some mounts `:` ends a path. */
export function isMountable(path: string): boolean {
  return (
    !path.includes(':') && path.split('/').every((step) => encoder.encode(step).byteLength <= MOST_STEP_BYTES)
  )
}

/** The absolute path of one that is absolute, or within the working folder. */
export function placeIn(workdir: string = inside.outputs, path: string): string {
  return path.startsWith('/') ? path : `${workdir}/${path}`
}

/** The absolute path of an input. */
export function placeOfInput(setup: Pick<Setup, 'workdir' | 'inputs'> | undefined, name: string): string {
  const path = setup?.inputs?.[name]?.path
  return path === undefined ? `${inside.inputs}/${name}` : placeIn(setup?.workdir, path)
}

/** Where files and inputs of a run stand, in absolute paths. */
export function targetsOf({ files, inputs, setup }: Placing): string[] {
  return [
    ...files.map(({ path }) => placeIn(setup?.workdir, path)),
    ...Object.keys(inputs).map((name) => placeOfInput(setup, name)),
  ]
}

/** Names, relative to the folder of the outputs, of what stands there and is none: files, and whole folders. */
export function placedNames(job: Placing): string[] {
  return targetsOf(job).flatMap((target) => nameAmongOutputs(target) ?? [])
}

/** Undefined where it lies elsewhere. */
export function nameAmongOutputs(target: string): string | undefined {
  return target.startsWith(`${inside.outputs}/`) ? target.slice(inside.outputs.length + 1) : undefined
}

/** Whether one of two absolute paths is the other, or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  return `${path}/`.startsWith(`${folder}/`)
}
