/** A few lines on a terminal that are redrawn in place; below them nothing may be written while they stand. */
import type { Target } from './progress.ts'
import { printable } from './text.ts'

export type Block = {
  /** Puts these lines where the ones before them stand; what is too long is cut. */
  draw(lines: readonly string[]): void
  /** Takes the block away; what is written next begins where it stood. */
  clear(): void
}

const CLEAR_BELOW = '\r\u001b[J'

/** Nothing is drawn before the first `draw`. */
export function openBlock(out: Target): Block {
  let height = 0
  const back = () => (height > 1 ? `\u001b[${height - 1}A` : '') + (height > 0 ? CLEAR_BELOW : '')
  return {
    draw(lines) {
      // one column stays free: a full line would wrap on some terminals
      const most = (out.columns || 80) - 1
      const text = lines.map((line) => fitLine(printable(line), most)).join('\n')
      out.write(back() + text)
      height = lines.length
    },
    clear() {
      out.write(back())
      height = 0
    },
  }
}

/** The text on one line of at most so many columns; what is cut ends in an ellipsis. */
export function fitLine(text: string, columns: number): string {
  const characters = Array.from(text.replaceAll(/[\r\n\t]+/g, ' '))
  return characters.length > columns ? `${characters.slice(0, columns - 1).join('')}…` : characters.join('')
}
