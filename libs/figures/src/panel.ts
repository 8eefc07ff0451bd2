/** A plot with its heading, alone or beside another. */
import { plot, type Spec } from './look.ts'

/** What it shows, in bold; words in plain letters below; the plot itself. All text in lines. */
export type Panel = { name: readonly string[]; words: readonly string[]; body: Spec }

/** A panel as part of a specification. */
export function alone({ name, words, body }: Panel): Spec {
  return { ...body, title: words.length === 0 ? { text: name } : { text: name, subtitle: words } }
}

/** Two panels, their headings beginning at the same height: the shorter one is filled with empty lines. */
export function sideBySide(left: Panel, right: Panel): Spec {
  const lines = ({ name, words }: Panel) => name.length + words.length
  const most = Math.max(lines(left), lines(right))
  const filled = (panel: Panel): Panel => ({
    ...panel,
    words: [...panel.words, ...Array<string>(most - lines(panel)).fill('')],
  })
  return {
    resolve: { legend: { color: 'independent' } },
    hconcat: [alone(filled(left)), alone(filled(right))],
    // by the plots, whatever stands beside them: the right one ends where the time series do
    bounds: 'flush',
    spacing: plot.width - 2 * plot.half,
  }
}
