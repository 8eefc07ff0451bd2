/**
 * Launches in progress: create, start, remove. Each is work for the host's processors, so more at once than it has
 * of them give nothing; how many models run is a matter of room.
 */
export type Launches = { run<T>(launch: () => Promise<T>): Promise<T> }

/** At most `most` at once; the others wait, first come, first served. */
export function openLaunches(most: number): Launches {
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
