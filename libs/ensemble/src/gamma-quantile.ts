/** Quantiles of the gamma distribution of scale 1, right for every shape. */
import exp from '@stdlib/math-base-special-exp'
import log1p from '@stdlib/math-base-special-log1p'
import gamma from '@stdlib/stats-base-dists-gamma-quantile'
import normal from '@stdlib/stats-base-dists-normal-quantile'

/** Above this @stdlib grows silently wrong (by 10⁻³ from shape 900). */
const LARGE = 500
const MOST_STEPS = 50

/** The quantile function of shape k at p in (0, 1). */
export function gammaQuantile(k: number): (p: number) => number {
  if (k <= LARGE) return gamma.factory(k, 1)
  const standard = normal.factory(0, 1)
  return (p) => largeShape(k, p, standard(p))
}

/**
 * Newton's method on the smaller tail, from the cube of Wilson & Hilferty (1931). Both tails are a sum times
 * D = xᵏe⁻ˣ / Γ(k + 1), by Stirling's series (NIST DLMF 5.11.1, 8.7.1 and 8.9.1): P = D · Σ ∏ x / (k + n) and
 * Q = D · Σ ∏ (k − n + 1) / x, some multiples of √k terms long where x is near k.
 */
function largeShape(k: number, p: number, z: number): number {
  const lower = p < 0.5
  const root = 1 - 1 / (9 * k) + z / (3 * Math.sqrt(k))
  let x = k * root * root * root
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const mu = (x - k) / k
    const d = exp(-k * (mu - log1p(mu)) - 1 / (12 * k) + 1 / (360 * k * k * k)) / Math.sqrt(2 * Math.PI * k)
    const error = lower ? d * below(k, x) - p : 1 - p - d * above(k, x)
    const change = (error * x) / (d * k)
    x -= change
    if (Math.abs(change) <= 1e-15 * x) break
  }
  return x
}

function below(k: number, x: number): number {
  let [term, sum] = [1, 1]
  for (let n = 1; term > sum * 1e-17; n += 1) {
    term *= x / (k + n)
    sum += term
  }
  return sum
}

function above(k: number, x: number): number {
  let [term, sum] = [1, 0]
  for (let n = 1; term > sum * 1e-17; n += 1) {
    term *= (k - n + 1) / x
    sum += term
  }
  return sum
}
