/** How much the disk of the store must have free for jobs to be taken. Sizes in bytes. */
import { formatSize } from '@carya/contracts'

const LEAST_SHARE = 0.01
const MOST_LEAST = 2 ** 30

/** `given`: by the operator. */
export function leastSpace({ size }: { size: number }, given: number | undefined): number {
  return given ?? Math.min(MOST_LEAST, Math.floor(LEAST_SHARE * size))
}

/** Why no jobs are taken; undefined where there is enough. The words change only with it. */
export function tooFull({ free }: { free: number }, least: number): string | undefined {
  return free >= least ? undefined : `the store has less than ${formatSize(least)} free`
}
