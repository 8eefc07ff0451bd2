/** Room: the CPUs and memory a worker has free. What a worker offers is its size; what runs hold is not free. */

/** CPUs may be a fraction; memory in bytes. */
export type Room = { cpus: number; memory: number }

const GRAIN = 1e-6 // sums of fractions of CPUs are not exact

/** What is free of the size while these hold their part; never negative, even if more was taken than is there. */
export function freeRoom(size: Room, held: Iterable<Room>): Room {
  let { cpus, memory } = size
  for (const each of held) {
    cpus -= each.cpus
    memory -= each.memory
  }
  return { cpus: Math.max(0, Math.round(cpus / GRAIN) * GRAIN), memory: Math.max(0, memory) }
}

export function fits(free: Room, asked: Room): boolean {
  return asked.cpus <= free.cpus + GRAIN && asked.memory <= free.memory
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
  return [...cpus, ...memory].join('; ')
}
