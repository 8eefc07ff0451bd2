/** Words where a plot would be. */
import { wrap } from './label.ts'
import { colour, plot, size, type Spec } from './look.ts'

/** Says why nothing is drawn. */
export function message(text: string, width: number = plot.width): Spec {
  return paragraph(wrap(text, size.label, width, 3), width, size.label, colour.quiet)
}

/** Lines of text, as high as they are. */
export function paragraph(lines: readonly string[], width: number, fontSize: number, fill: string): Spec {
  const lineHeight = fontSize + 4
  return {
    width,
    height: Math.max(lines.length, 1) * lineHeight,
    data: { values: [{}] },
    mark: {
      type: 'text',
      text: lines,
      x: 0,
      y: 0,
      align: 'left',
      baseline: 'top',
      lineHeight,
      fontSize,
      color: fill,
    },
  }
}
