/** What the bands and lines of the time series mean: once for all panels. */
import { widthOf } from './label.ts'
import { colour, plot, size, type Spec } from './look.ts'

const HEIGHT = 14
const SWATCH = 24

type Entry = { words: string; mark: Spec; isLine: boolean }

/** A row of swatches with words. */
export function legendOf(hasLines: boolean): Spec {
  const entries: Entry[] = [
    { words: 'median', mark: { color: colour.line, strokeWidth: 1.8 }, isLine: true },
    { words: '25–75 % of members', mark: { color: colour.inner }, isLine: false },
    { words: '5–95 % of members', mark: { color: colour.outer }, isLine: false },
  ]
  if (hasLines)
    entries.push({ words: 'single members', mark: { color: colour.member, strokeWidth: 0.8 }, isLine: true })
  let x = 0
  const layer = entries.flatMap((entry) => {
    const at = x
    x += SWATCH + 6 + widthOf(entry.words, size.label) + 22
    return [swatch(entry, at), words(entry.words, at + SWATCH + 6)]
  })
  return { width: plot.width, height: HEIGHT, data: { values: [{}] }, layer }
}

function swatch({ mark, isLine }: Entry, x: number): Spec {
  const [top, bottom] = isLine ? [HEIGHT / 2, HEIGHT / 2] : [1, HEIGHT - 1]
  return {
    mark: { type: isLine ? 'rule' : 'rect', ...mark },
    encoding: { x: { value: x }, x2: { value: x + SWATCH }, y: { value: top }, y2: { value: bottom } },
  }
}

function words(text: string, x: number): Spec {
  const mark = { type: 'text', align: 'left', baseline: 'middle', fontSize: size.label, color: colour.text }
  return { mark: { ...mark, text, x, y: HEIGHT / 2 } }
}
