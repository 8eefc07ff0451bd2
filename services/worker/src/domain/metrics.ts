/** `metrics.json` of a model: one flat object of finite numbers. */

export type Metrics = { metrics: Record<string, number> } | { error: string }

const MOST_NAMES = 4096

/** Reads the text of a `metrics.json`; an error says what is wrong, for people. */
export function parseMetrics(text: string): Metrics {
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    const odd = /[:,[{]\s*(-?(?:NaN|Infinity))\b/.exec(text)?.[1]
    return { error: `metrics.json is not JSON${odd === undefined ? '' : `: ${odd} is no number there`}` }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { error: 'metrics.json is not a flat object of numbers' }
  const entries = Object.entries(value)
  if (entries.length > MOST_NAMES) return { error: `metrics.json has more than ${MOST_NAMES} names` }
  const wrong = entries.find(([, each]) => typeof each !== 'number' || !Number.isFinite(each))
  if (wrong)
    return { error: `metrics.json: ${JSON.stringify(wrong[0].slice(0, 100))} is not a finite number` }
  return { metrics: Object.fromEntries(entries) as Record<string, number> }
}
