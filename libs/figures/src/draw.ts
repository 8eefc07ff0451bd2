/** From the specification to an SVG. */
import type { EnsembleSummary } from '@carya/contracts'
import type { FigureOptions } from './choice.ts'
import { figureOf } from './figure.ts'
import { widthOf } from './label.ts'
import { BOLD } from './letter-width.ts'

/**
 * A picture of an ensemble as SVG: bands of quantiles over time, a histogram for each metric, and what mattered to it.
 * The same summary gives the same bytes. Text of models and users stands in it as text only; it refers to nothing
 * outside. What there is none of (series, metrics, sensitivities) is said in words; throws on bugs only.
 */
export async function drawEnsemble(summary: EnsembleSummary, options?: FigureOptions): Promise<string> {
  // Vega takes 150 ms to load: only who draws waits for it
  const [vegaLite, vega] = await Promise.all([import('vega-lite'), import('vega')])
  // its own guess is a third too wide: labels would be left out that have room
  vega.textMetrics.width = (item, text) =>
    widthOf(`${text ?? ''}`, item.fontSize ?? 11) * (item.fontWeight === 'bold' ? BOLD : 1)
  const { spec } = vegaLite.compile(figureOf(summary, options), { logger: quiet })
  const view = new vega.View(vega.parse(spec), { renderer: 'none', loader: nothingFromOutside, logger: loud })
  try {
    return await view.toSVG()
  } finally {
    view.finalize()
  }
}

/** A picture that lacks something is better than none, and stderr is the caller's; `figure.test.ts` takes no warning. */
const quiet = {
  level: () => quiet,
  error: () => quiet,
  warn: () => quiet,
  info: () => quiet,
  debug: () => quiet,
}

/** Vega itself goes on after an error, with half a picture. */
const loud = {
  ...quiet,
  level: () => loud,
  error: (...words: readonly unknown[]): never => {
    throw new Error(words.map(String).join(' '), { cause: words[0] })
  },
}

const nothingFromOutside = {
  load: (uri: string) => Promise.reject(new Error(`a picture refers to ${uri}`)),
  sanitize: (uri: string) => Promise.reject(new Error(`a picture refers to ${uri}`)),
}
