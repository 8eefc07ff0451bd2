/**
 * Where in the container what a model is given stands. A path of a manifest's is absolute, or one within the working
 * folder. What is placed among the outputs is mounted over an empty file or folder there, and is no output.
 */
import {
  engineAt,
  inside,
  isMountable,
  isWithin,
  placeIn,
  placeOfInput,
  targetsOf,
  WRITABLE,
  type Job,
  type Placing,
} from '@carya/contracts'

export function workingFolder({ setup }: Pick<Job, 'setup'>): string {
  return setup?.workdir ?? inside.outputs
}

/** The absolute path of one that is absolute or within the working folder. */
export function placeOf(job: Pick<Job, 'setup'>, path: string): string {
  return placeIn(job.setup?.workdir, path)
}

/** Where an input is mounted. */
export function inputPlace(job: Pick<Job, 'setup'>, name: string): string {
  return placeOfInput(job.setup, name)
}

/** Whether the model gets what is in the input, instead of the input. */
export function isUnpacked(job: Pick<Job, 'setup'>, name: string): boolean {
  return job.setup?.inputs?.[name]?.unpack === true
}

/** Why things cannot all stand where they are wanted: an engine would not start such a container. */
export function misplaced(job: Placing): string | undefined {
  const targets = targetsOf(job)
  const writable = job.setup?.isolation?.writable ?? []
  const wrong =
    targets.find((target) => !isAllowed(target)) ??
    [workingFolder(job), ...writable].find((path) => !isMountable(path))
  if (wrong !== undefined) return `nothing can be placed at ${wrong}`
  const around = [...targets, ...writable].find((path) => engineAt(path) !== undefined)
  if (around !== undefined) return `nothing can be placed at ${around}: ${engineAt(around)} is the engine’s`
  const hidden = [...WRITABLE, ...writable]
  const hiding = targets.find((target) => hidden.some((folder) => isWithin(folder, target)))
  if (hiding !== undefined) return `nothing can be placed at ${hiding}: a folder that may be written is there`
  const sorted = targets.map((target) => `${target}/`).toSorted()
  const clash = sorted.findIndex((target, index) => sorted[index + 1]?.startsWith(target))
  return clash === -1
    ? undefined
    : `two things are to be placed at or below ${sorted[clash]!.slice(0, -1)}, and only one can`
}

function isAllowed(target: string): boolean {
  const isPlain = target
    .split('/')
    .slice(1)
    .every((step) => step !== '' && step !== '.' && step !== '..')
  const isOurs = target.startsWith(`${inside.outputs}/`) || target.startsWith(`${inside.inputs}/`)
  return isPlain && isMountable(target) && (isOurs || !/^\/(proc|sys|dev|carya)(\/|$)/.test(target))
}
