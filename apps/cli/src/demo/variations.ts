/**
 * The demo's design: one run with the model's defaults and 24 that vary three parameters together, spread evenly over
 * ranges in which a temperate forest is plausible. The same each time, so that two demos can be compared.
 */
export type Varied = { name: string; low: number; high: number }

export const varied: readonly Varied[] = [
  { name: 'c_foliage_initial', low: 100, high: 700 },
  { name: 'f_auto', low: 0.42, high: 0.6 },
  { name: 'f_foliage', low: 0.1, high: 0.3 },
]

export const MEMBERS = 24

/** For each parameter, how far its value moves from one member to the next. Coprime to 24, so each value comes once. */
const STRIDES = [1, 7, 11]

/**
 * Member i, from 0: a lattice, so that every parameter takes 24 evenly spaced values, each once, and any two of them
 * fill their square. Values have four significant digits.
 */
export function member(i: number): Record<string, number> {
  const values = varied.map(({ name, low, high }, axis): [string, number] => {
    const place = (i * (STRIDES[axis] ?? 1)) % MEMBERS
    return [name, Number((low + ((place + 0.5) / MEMBERS) * (high - low)).toPrecision(4))]
  })
  return Object.fromEntries(values)
}
