/** Numbers for tables: so many digits that a difference can be seen, and no more. */

/** Five significant digits; `1.2e-7` and the like where a plain number would be long; `–` where there is none. */
export function numberText(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–'
  const rounded = Number(value.toPrecision(5))
  const size = Math.abs(rounded)
  return rounded !== 0 && (size < 1e-4 || size >= 1e9) ? rounded.toExponential() : String(rounded)
}

/** A coefficient from −1 to 1 with its sign and two decimals: `+0.93`, `−0.31`. */
export function coefficientText(value: number): string {
  const text = Math.abs(value).toFixed(2)
  return Number(text) === 0 ? ' 0.00' : `${value < 0 ? '−' : '+'}${text}`
}
