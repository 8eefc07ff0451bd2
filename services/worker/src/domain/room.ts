/**
 * Room: the CPUs, memory and disk a worker has free. What a worker offers is its size; what runs hold is not free. Disk
 * is rationed only where the worker offers so much, and taken by those that ask some.
 */
import { formatSize } from '@carya/contracts'

/** CPUs may be a fraction; memory in bytes, and disk, where it is rationed or asked. */
export type Room = { cpus: number; memory: number; disk?: number | undefined }

const GRAIN = 1e-6 // sums of fractions of CPUs are not exact

/** What is free of the size while these hold their part; never negative, even if more was taken than is there. */
export function freeRoom(size: Room, held: Iterable<Room>): Room {
  let { cpus, memory, disk = 0 } = size
  for (const each of held) {
    cpus -= each.cpus
    memory -= each.memory
    disk -= each.disk ?? 0
  }
  return {
    cpus: Math.max(0, Math.round(cpus / GRAIN) * GRAIN),
    memory: Math.max(0, memory),
    disk: size.disk === undefined ? undefined : Math.max(0, disk),
  }
}

/** What of a job's resources takes room. */
export function roomOf({ cpus, memory, disk }: Room): Room {
  return { cpus, memory, disk }
}

export function fits(free: Room, asked: Room): boolean {
  return asked.cpus <= free.cpus + GRAIN && asked.memory <= free.memory && !lacksDisk(free, asked)
}

/** Whether there is more of anything. */
export function hasGrown(free: Room, before: Room): boolean {
  const disk = (free.disk ?? Infinity) > (before.disk ?? Infinity)
  return free.cpus > before.cpus || free.memory > before.memory || disk
}

/** Whether any run at all could fit: below this nothing is taken from the queues. */
export function hasRoom(free: Room): boolean {
  return free.cpus >= 0.01 && free.memory > 0
}

/** Why a run does not fit, for people. */
export function lacking(free: Room, asked: Room): string {
  const cpus = asked.cpus > free.cpus + GRAIN ? [`${asked.cpus} CPUs asked, ${free.cpus} free`] : []
  const memory =
    asked.memory > free.memory ? [`${asked.memory} bytes of memory asked, ${free.memory} free`] : []
  const disk = lacksDisk(free, asked)
    ? [`${formatSize(asked.disk!)} of disk asked, ${formatSize(free.disk!)} free`]
    : []
  return [...cpus, ...memory, ...disk].join('; ')
}

function lacksDisk(free: Room, asked: Room): boolean {
  return asked.disk !== undefined && free.disk !== undefined && asked.disk > free.disk
}
