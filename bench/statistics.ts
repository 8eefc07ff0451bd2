/** What benches say of a series of measurements, and the line of JSON that each ends with. */

/** The value below which this share of the measurements lies (nearest rank); NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** Three significant digits: more would claim more than a shared machine can tell. */
export const round = (value: number): number => Number(value.toPrecision(3))

/** The last line of a bench: its figures as one JSON object. */
export function closingLine(bench: string, figures: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify({ bench, at: new Date().toISOString(), ...figures })}\n`)
}

/** What is being done, for people who watch. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Containers a second of a task done so often, so many at a time. */
export async function rate(times: number, inFlight: number, task: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  let left = times
  const lane = async () => {
    while (left > 0) {
      left -= 1
      await task()
    }
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
  return (times / (performance.now() - begin)) * 1000
}
