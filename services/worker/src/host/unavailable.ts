/** An input that cannot be had: the run's or the world's fault, in words for the user. */
export class Unavailable extends Error {}

export function otherHash(found: string, wanted: string): Unavailable {
  return new Unavailable(`its SHA-256 is ${found}, not ${wanted}`)
}
