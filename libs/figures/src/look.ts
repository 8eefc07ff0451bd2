/** How all pictures look: sizes, fonts, colours. */

/** Part of a Vega-Lite specification: plain JSON. */
export type Spec = Readonly<Record<string, unknown>>

/** Verdana has the same widths, for readers of an SVG who lack DejaVu. */
export const FONT = 'DejaVu Sans, Verdana, sans-serif'

/** Sizes of text, pixels: printed at 17 cm, a figure of 800 pixels has labels of 7 points. */
export const size = { title: 16, panel: 13, label: 11, note: 10 } as const

/** Plots, pixels. A histogram, the gap with the parameters' names, and a tornado are as wide as a time series. */
export const plot = { width: 700, seriesHeight: 140, half: 250, histogramHeight: 150 } as const
/** Labels of numbers and the names of parameters at the left of a plot, pixels. */
export const labels = { numbers: 34, names: 170 } as const

/** Okabe and Ito's palette and shades of its blue: told apart by colour-blind readers, and in grey. */
export const colour = {
  outer: '#cfe3f1',
  inner: '#86b9dc',
  line: '#00507d',
  member: '#6b6b6b',
  bar: '#86b9dc',
  positive: '#0072b2',
  negative: '#d55e00',
  mark: '#d55e00',
  text: '#1a1a1a',
  quiet: '#555555',
  zero: '#8c8c8c',
} as const

export const config: Spec = {
  background: 'white',
  padding: 14,
  aria: false,
  font: FONT,
  view: { stroke: null },
  concat: { spacing: 22 },
  axis: {
    labelFontSize: size.label,
    titleFontSize: size.label,
    titleFontWeight: 'normal',
    labelColor: colour.text,
    titleColor: colour.text,
    labelLimit: 0,
    titlePadding: 6,
    titleLineHeight: size.label + 4,
    gridColor: '#ececec',
    domainColor: '#777777',
    tickColor: '#777777',
    tickSize: 4,
    labelOverlap: 'greedy',
    labelSeparation: 8,
  },
  title: {
    anchor: 'start',
    frame: 'group',
    fontSize: size.panel,
    fontWeight: 'bold',
    color: colour.text,
    subtitleFontSize: size.label,
    subtitleColor: colour.quiet,
    subtitlePadding: 4,
    subtitleLineHeight: size.label + 4,
    offset: 8,
    limit: 0,
  },
  text: { font: FONT },
}
