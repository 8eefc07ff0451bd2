/**
 * How deep a pool's job queue may be: what is queued or running never exceeds the room of the pool's live workers
 * plus a small buffer, so that the next run is chosen as late as can be and a cancelled one was mostly never sent.
 */
import type { Cost } from './fair-share.ts'

/** What a run costs that asks nothing: one slot. */
export const SLOT: Cost = { cpus: 1, memory: 256 * 2 ** 20 }

/** Room for more jobs: sizes of the live workers and the buffer, less what is queued or running. */
export function roomLeft(sizes: readonly Cost[], committed: readonly Cost[]): Cost {
  const size = sum(sizes)
  if (sizes.length === 0) return { cpus: 0, memory: 0 }
  const used = sum(committed)
  return {
    cpus: size.cpus + Math.max(SLOT.cpus, 0.02 * size.cpus) - used.cpus,
    memory: size.memory + Math.max(SLOT.memory, 0.02 * size.memory) - used.memory,
  }
}

/** Whether any live worker could hold such a run if it were empty. */
export function anyHolds(sizes: readonly Cost[], cost: Cost): boolean {
  return sizes.some((size) => cost.cpus <= size.cpus && cost.memory <= size.memory)
}

function sum(costs: readonly Cost[]): Cost {
  let cpus = 0
  let memory = 0
  for (const cost of costs) {
    cpus += cost.cpus
    memory += cost.memory
  }
  return { cpus, memory }
}
