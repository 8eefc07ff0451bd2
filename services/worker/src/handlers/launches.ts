/**
 * Launches in progress: start, remove. Each is work for the host's processors, so there is a bound on how many
 * go on at once; how many models run is a matter of room. A launch also waits, for the disk and the kernel: with two
 * for each processor none is idle, and more give nothing.
 */
export type Launches = { run<T>(launch: () => Promise<T>): Promise<T> }

const PER_PROCESSOR = 2

/** As many at once as `cpus` can bear; the others wait, first come, first served. */
export function openLaunches(cpus: number): Launches {
  const most = cpus * PER_PROCESSOR
  const waiting: (() => void)[] = []
  let running = 0
  return {
    async run(launch) {
      if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
      else running += 1
      try {
        return await launch()
      } finally {
        const next = waiting.shift()
        if (next) next()
        else running -= 1
      }
    },
  }
}
