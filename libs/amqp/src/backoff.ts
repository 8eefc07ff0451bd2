export type BackoffLimits = { firstMs: number; maxMs: number }

const DEFAULT_LIMITS: BackoffLimits = { firstMs: 50, maxMs: 5_000 }

/**
 * Milliseconds to wait after the n-th failure in a row (0 is the first): doubles up to `maxMs`, less up to half of
 * it by chance, so that a hundred workers cut off together do not come back together.
 */
export function backoff(failures: number, limits = DEFAULT_LIMITS, random = Math.random): number {
  const full = Math.min(limits.maxMs, limits.firstMs * 2 ** failures)
  return full * (1 - random() / 2)
}
