/** Reads how test runs went from their last lines, without knowing what ran them. */

export type Tally = { passed: number; failed: number }

/** The sum of all lines `N passed, N failed` of an output. */
export function tallyOf(lines: readonly string[]): Tally {
  return sumOf(
    lines.map((line) => {
      const [, passed, failed] = /^(\d+) passed, (\d+) failed$/.exec(line) ?? []
      return { passed: Number(passed ?? 0), failed: Number(failed ?? 0) }
    }),
  )
}

/** All of them together. */
export function sumOf(tallies: readonly Tally[]): Tally {
  const sum = (of: keyof Tally) => tallies.reduce((total, tally) => total + tally[of], 0)
  return { passed: sum('passed'), failed: sum('failed') }
}

/** How a step went: one that ends badly without a failed test (lint, types, a crash) counts as one failure. */
export function stepTally(lines: readonly string[], code: number): Tally {
  const tally = tallyOf(lines)
  return code !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally
}

/** What a step's output names as failed or not run; where it names no failure and there is one, the step itself. */
export function namesOf(lines: readonly string[], { failed }: Tally, end: string): string[] {
  const names = lines.filter((line) => /^(failed|not run): /.test(line))
  const isNamed = failed === 0 || names.some((line) => line.startsWith('failed: '))
  return isNamed ? names : [...names, `failed: ${end}`]
}

/** All went well only if something was tested, too. */
export const allWell = ({ passed, failed }: Tally): boolean => failed === 0 && passed > 0
