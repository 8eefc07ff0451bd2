/** From SVG to PNG, with fonts of our own: the same picture on every machine. */
import { createRequire } from 'node:module'

const MOST_SCALE = 10

/**
 * Draws one of our SVGs as PNG, `scale` pixels for each of its own (2 by default). Scripts that DejaVu Sans does not
 * have (Chinese, Japanese, Korean) show as boxes. Throws a RangeError where the scale is not above 0 and at most 10.
 */
export async function toPng(svg: string, scale = 2): Promise<Uint8Array> {
  if (!(scale > 0 && scale <= MOST_SCALE))
    throw new RangeError(`a scale above 0, at most ${MOST_SCALE}: ${scale}`)
  const { Resvg } = await import('@resvg/resvg-js')
  const { resolve } = createRequire(import.meta.url)
  const fontFiles = ['DejaVuSans', 'DejaVuSans-Bold'].map((font) =>
    resolve(`dejavu-fonts-ttf/ttf/${font}.ttf`),
  )
  // without a font it knows, the library leaves all text out, and says nothing
  const font = { loadSystemFonts: false, fontFiles, defaultFontFamily: 'DejaVu Sans' }
  return new Resvg(svg, { font, background: 'white', fitTo: { mode: 'zoom', value: scale } }).render().asPng()
}
