/**
 * How much may be out: what is queued or running never exceeds the room of the pool's live workers plus a small
 * buffer, so that the next run is chosen as late as can be and a cancelled one was mostly never sent.
 */

/**
 * CPUs may be a fraction; memory in bytes, and disk. Of a run no disk means that it asks none, of room that there it
 * is not rationed: then any fits.
 */
export type Cost = { cpus: number; memory: number; disk?: number | undefined }

/** What a run costs that asks nothing: one slot. */
export const SLOT: Cost = { cpus: 1, memory: 256 * 2 ** 20 }

/** The smallest share of a CPU that a run can ask: with less, a worker takes nothing. */
const LEAST = 0.01
/** Sums of fractions of CPUs are not exact. */
const GRAIN = 1e-6
const BUFFERED = 0.02
/** Of disk, for runs that ask some. */
const LEAST_BUFFERED = 2 ** 30

/** Jobs that may wait in the pool's queue beyond the room there is: the next one is at hand when a run ends. */
export function bufferOf(sizes: readonly Cost[]): Cost {
  if (sizes.length === 0) return { cpus: 0, memory: 0 }
  const { cpus, memory, disk } = sizes.reduce(together)
  return {
    cpus: Math.max(SLOT.cpus, BUFFERED * cpus),
    memory: Math.max(SLOT.memory, BUFFERED * memory),
    disk: disk === undefined ? undefined : Math.max(LEAST_BUFFERED, BUFFERED * disk),
  }
}

export function fits(free: Cost, cost: Cost): boolean {
  return cost.cpus <= free.cpus + GRAIN && cost.memory <= free.memory && fitsDisk(free, cost)
}

function fitsDisk(free: Cost, cost: Cost): boolean {
  return free.disk === undefined || cost.disk === undefined || cost.disk <= free.disk
}

/** Whether no run at all would fit: then a worker takes no job, not even one to decline it. */
export function isFull(free: Cost): boolean {
  return free.cpus < LEAST - GRAIN || free.memory <= 0
}

/** The room of both: where one of them does not ration disk, neither do they together. */
export function together(one: Cost, other: Cost): Cost {
  const isRationed = one.disk !== undefined && other.disk !== undefined
  return {
    cpus: one.cpus + other.cpus,
    memory: one.memory + other.memory,
    disk: isRationed ? one.disk! + other.disk! : undefined,
  }
}

/** What is left of room. */
export function less(free: Cost, cost: Cost): Cost {
  return {
    cpus: free.cpus - cost.cpus,
    memory: free.memory - cost.memory,
    disk: free.disk === undefined ? undefined : free.disk - (cost.disk ?? 0),
  }
}

/** The least part of what a run asks that is there, of CPUs, memory and disk. */
export function partOf(free: Cost, cost: Cost): number {
  const disk = free.disk === undefined || !cost.disk ? Infinity : free.disk / cost.disk
  return Math.min(free.cpus / cost.cpus, free.memory / cost.memory, disk)
}
