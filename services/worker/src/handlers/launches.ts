/**
 * Launches in progress: start, remove. Each is work for the host's processors, so there is a bound on how many
 * go on at once; how many models run is a matter of room. A launch also waits, for the disk and the kernel: with two
 * for each processor none is idle, and more give nothing. One that the engine does not answer is no work for anybody,
 * and must not keep the others.
 */
import { openTurns, type Turns } from '../turns.ts'

export type Launches = Turns

const PER_PROCESSOR = 2
const PATIENCE_SECONDS = 30

/** As many at once as `cpus` can bear; the others wait, first come, first served. */
export function openLaunches(cpus: number): Launches {
  return openTurns(cpus * PER_PROCESSOR, PATIENCE_SECONDS)
}
