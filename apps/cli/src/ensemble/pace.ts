/** How fast the members of an ensemble end, from how many had ended at which times. */

export type Observation = { at: number; ended: number }

/** What is older says little of the rate now: a pause, or hosts that came and went. */
const WINDOW_MS = 60_000
/** Observations that are kept: enough for the window at one a second. */
const MOST = 120

/**
 * The observations with a further one, without those that lie before the window; the latest of these stays, so that
 * slow ensembles have a rate too. Where fewer have ended than before, they were run again: it begins anew.
 */
export function observed(before: readonly Observation[], now: Observation): Observation[] {
  const last = before.at(-1)
  if (last !== undefined && now.ended < last.ended) return [now]
  const inside = before.findIndex(({ at }) => at > now.at - WINDOW_MS)
  const kept = before.slice(inside < 0 ? -1 : Math.max(0, inside - 1))
  return [...thinned(kept), now]
}

/** The first stays: the rate is counted from it. */
function thinned(all: readonly Observation[]): readonly Observation[] {
  return all.length < MOST ? all : [all[0]!, ...all.slice(2)]
}

/** Members a second; undefined until one has ended while it was watched. */
export function rateOf(observations: readonly Observation[]): number | undefined {
  const first = observations[0]
  const last = observations.at(-1)
  if (!first || !last || last.ended <= first.ended || last.at <= first.at) return undefined
  return ((last.ended - first.ended) / (last.at - first.at)) * 1000
}

/** Milliseconds until so many more have ended at this rate. */
export function timeLeft(left: number, rate: number | undefined): number | undefined {
  return rate === undefined ? undefined : (left / rate) * 1000
}

/** `1.2/s`, or where they are slow `3.5/min`, `2/h`; two digits count. */
export function rateText(rate: number): string {
  const units: [number, string][] = [
    [1, 's'],
    [60, 'min'],
    [3600, 'h'],
  ]
  const [seconds, unit] = units.find(([each]) => rate * each >= 1) ?? [3600, 'h']
  const value = rate * seconds
  return `${value >= 100 ? Math.round(value) : Number(value.toPrecision(2))}/${unit}`
}
