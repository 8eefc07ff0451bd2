/**
 * How much may be out: what is queued or running never exceeds the room of the pool's live workers plus a small
 * buffer, so that the next run is chosen as late as can be and a cancelled one was mostly never sent.
 */

/** CPUs may be a fraction; memory in bytes. */
export type Cost = { cpus: number; memory: number }

/** What a run costs that asks nothing: one slot. */
export const SLOT: Cost = { cpus: 1, memory: 256 * 2 ** 20 }

/** The smallest share of a CPU that a run can ask: with less, a worker takes nothing. */
const LEAST = 0.01
/** Sums of fractions of CPUs are not exact. */
const GRAIN = 1e-6

/** Jobs that may wait in the pool's queue beyond the room there is: the next one is at hand when a run ends. */
export function bufferOf(sizes: readonly Cost[]): Cost {
  if (sizes.length === 0) return { cpus: 0, memory: 0 }
  const sum = (of: 'cpus' | 'memory') => sizes.reduce((total, size) => total + size[of], 0)
  return {
    cpus: Math.max(SLOT.cpus, 0.02 * sum('cpus')),
    memory: Math.max(SLOT.memory, 0.02 * sum('memory')),
  }
}

export function fits(free: Cost, cost: Cost): boolean {
  return cost.cpus <= free.cpus + GRAIN && cost.memory <= free.memory
}

/** Whether no run at all would fit: then a worker takes no job, not even one to decline it. */
export function isFull(free: Cost): boolean {
  return free.cpus < LEAST - GRAIN || free.memory <= 0
}

export function plus(one: Cost, other: Cost): Cost {
  return { cpus: one.cpus + other.cpus, memory: one.memory + other.memory }
}

export function less(free: Cost, cost: Cost): Cost {
  return { cpus: free.cpus - cost.cpus, memory: free.memory - cost.memory }
}
