/** Slots of a pool for the members of an ensemble: room for one of them each. */
import type { WorkerView } from '@carya/contracts'

export type Slots = { used: number; total: number; workers: number }

type Room = { cpus: number; memory: number; disk?: number | undefined }

/** Over the workers that take runs. What other runs use counts as used. */
export function slotsOf(workers: readonly WorkerView[], each: Room): Slots {
  const live = workers.filter(({ state }) => state === 'live')
  const sum = (roomOf: (worker: WorkerView) => Room) =>
    live.reduce((slots, worker) => slots + fitting(roomOf(worker), each), 0)
  const total = sum(({ size }) => size)
  return { used: total - sum(({ room }) => room), total, workers: live.length }
}

/** How many fit. A hair is added: 0.3 CPUs are three times 0.1. */
function fitting(room: Room, each: Room): number {
  const ofDisk = room.disk === undefined || !each.disk ? Infinity : room.disk / each.disk
  const parts = Math.min(room.cpus / each.cpus, room.memory / each.memory, ofDisk)
  return Math.max(0, Math.floor(parts + 1e-9))
}
