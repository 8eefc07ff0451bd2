/** The system and plain containers by turns, so that their ratio holds while the machine's speed drifts. */
import { median, round, say } from './statistics.ts'

export type Compared = {
  figures: { plainPerSecond: number; caryaPerSecond: number; ratio: number }
  /** the median of the rounds' ratios */
  ratio: number
}

/** So many rounds of each; both answer in containers a second. `name` says of what, for people who watch. */
export async function againstPlain(
  name: string,
  rounds: number,
  plain: () => Promise<number>,
  carya: () => Promise<number>,
): Promise<Compared> {
  const rates = { plain: [] as number[], carya: [] as number[] }
  const ratios: number[] = []
  for (let i = 0; i < rounds; i += 1) {
    const ofPlain = await plain()
    const ofCarya = await carya()
    rates.plain.push(ofPlain)
    rates.carya.push(ofCarya)
    ratios.push(ofCarya / ofPlain)
    say(`${name}, round ${i + 1}: plain ${round(ofPlain)}/s, Carya ${round(ofCarya)}/s`)
  }
  const ratio = median(ratios)
  return {
    figures: {
      plainPerSecond: round(median(rates.plain)),
      caryaPerSecond: round(median(rates.carya)),
      ratio: round(ratio),
    },
    ratio,
  }
}
