/** A distribution against the parameter that it is for. */
import { distributionKinds, type Distribution } from '@carya/contracts'
import type { Continuous, PinnedDistribution } from './pinned.ts'
import { EXTREMES, shareLeft, supportOf, untruncated } from './quantile.ts'
import { notNumeric, pinValues, type Misfit, type Subject } from './subject.ts'

/** What a truncation must leave of the distribution: with less, the interval is surely a mistake. */
const LEAST_SHARE = 1e-6
/** Where quantiles of beta and gamma were compared with those of others. */
const SHAPES = [0.05, 1e6] as const

type Numeric = Extract<PinnedDistribution, { kind: Continuous }>

/** The distribution with its truncation as numbers, or everything that is wrong with it. */
export function pinDistribution(
  subject: Subject,
  given: Distribution,
): { pinned: PinnedDistribution } | { misfits: Misfit[] } {
  const kind = distributionKinds.find((each) => given[each] !== undefined)!
  if (kind === 'values') return pinListed(subject, given)
  const unfit = notNumeric(subject)
  if (unfit !== undefined) return { misfits: [{ at: [kind], detail: unfit }] }
  const numbers = [...given[kind]!]
  if (kind === 'beta' && numbers.length === 2) numbers.push(0, 1)
  const wrong = unusable(kind, numbers)
  if (wrong !== undefined) return { misfits: [{ at: [kind], detail: wrong }] }
  const truncate = given.truncate === 'range' ? subject.parameter?.range : given.truncate
  if (given.truncate === 'range' && truncate === undefined)
    return {
      misfits: [{ at: ['truncate'], detail: '[low, high]: the manifest gives this parameter no range' }],
    }
  const pinned: Numeric = { kind, numbers, ...(truncate === undefined ? {} : { truncate: [...truncate] }) }
  const misfit = outside(subject, pinned)
  return misfit === undefined ? { pinned } : { misfits: [misfit] }
}

function pinListed(subject: Subject, given: Distribution) {
  const { kept, misfits } = pinValues(subject, given.values!)
  if (misfits.length > 0)
    return { misfits: misfits.map(({ at, detail }) => ({ at: ['values', ...at], detail })) }
  const weights = given.weights === undefined ? {} : { weights: [...given.weights] }
  return { pinned: { kind: 'values' as const, values: kept, ...weights } }
}

/** Numbers with which the quantile function gives no finite, or no right numbers. */
function unusable(kind: Continuous, numbers: readonly number[]): string | undefined {
  const shapes = kind === 'beta' ? numbers.slice(0, 2) : kind === 'gamma' ? numbers.slice(0, 1) : []
  if (shapes.some((shape) => shape < SHAPES[0] || shape > SHAPES[1]))
    return `${kind === 'beta' ? 'a and b' : 'a shape'} from ${SHAPES[0]} to ${SHAPES[1]}`
  const quantile = untruncated(kind, numbers)
  const ends = [EXTREMES[0], 0.5, EXTREMES[1]].map(quantile)
  return ends.every(Number.isFinite) ? undefined : 'numbers whose values are finite: these are too large'
}

/** Where the distribution leaves the manifest's range, or the truncation leaves nothing of it. */
function outside({ column, parameter }: Subject, pinned: Numeric): Misfit | undefined {
  const { kind, numbers, truncate } = pinned
  if (truncate !== undefined && !(shareLeft({ kind, numbers, truncate }) >= LEAST_SHARE))
    return {
      at: ['truncate'],
      detail: `an interval that holds more than a millionth of the distribution, not ${interval(truncate)}`,
    }
  const [low, high] = supportOf(pinned)
  const { range } = parameter!
  if (range && (low < range[0] || high > range[1]))
    return truncate === undefined
      ? {
          at: [kind],
          detail: `within the parameter's range, ${interval(range)}: this goes ${reach(low, high)}; "truncate": "range" cuts it to the range (with --vary: :truncate behind it)`,
        }
      : {
          at: ['truncate'],
          detail: `"range", or an interval within the parameter's range, ${interval(range)}`,
        }
  if (column.type !== 'integer') return undefined
  const at = truncate === undefined ? [kind] : ['truncate']
  if (Math.ceil(low) > Math.floor(high))
    return { at, detail: `with a whole number in it: there is none ${reach(low, high)}` }
  const quantile = untruncated(kind, numbers)
  const ends = [Math.max(low, quantile(EXTREMES[0])), Math.min(high, quantile(EXTREMES[1]))]
  const most = Number.MAX_SAFE_INTEGER
  return ends.every((end) => Math.abs(end) < most)
    ? undefined
    : { at, detail: `whole numbers of at most ${most}: larger ones are not exact` }
}

function interval([low, high]: readonly [number, number]): string {
  return `from ${low} to ${high}`
}

function reach(low: number, high: number): string {
  if (low === -Infinity) return high === Infinity ? 'without bounds' : `up to ${high}, without a lower bound`
  return high === Infinity ? `from ${low} without an upper bound` : interval([low, high])
}
