/** How wide text is in DejaVu Sans: nothing here draws it, but places must be kept for it. */

/** Of the printable characters of ASCII, thousandths of the size, as the font file has them. */
const ASCII = [
  318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636,
  636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295,
  295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838,
  500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521,
  392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
]
const WIDE = 1000
/** Most letters of other alphabets are narrower. */
const OTHER = 780
/** The bold font is wider, at most by this in words. */
export const BOLD = 1.13

const NARROW: Readonly<Record<string, number>> = { '·': 318, '’': 318, '–': 500, '⁻': 528, '\u00a0': 318 }
const NO_WIDTH = /^[\p{M}\p{Cf}]/u
const RAISED = /^[⁰¹²³⁴-⁹]/u

/** The width of one letter with its marks, as a share of the size of the font; where unknown rather too large. */
export function letterWidth(letter: string): number {
  const codePoint = letter.codePointAt(0) ?? 0
  if (NO_WIDTH.test(letter)) return 0
  if (RAISED.test(letter)) return 0.401
  return (ASCII[codePoint - 32] ?? NARROW[letter] ?? (isWide(codePoint) ? WIDE : OTHER)) / 1000
}

/** Scripts whose letters are as wide as high: from Hangul's first letters on, without the half-width forms; emoji. */
function isWide(codePoint: number): boolean {
  return (
    (codePoint >= 0x1100 && codePoint <= 0x115f) ||
    (codePoint >= 0x2e80 && codePoint <= 0xd7a3) ||
    (codePoint >= 0xf900 && codePoint <= 0xfaff) ||
    (codePoint >= 0xfe30 && codePoint <= 0xff60) ||
    codePoint >= 0x1f300 ||
    codePoint === 0x2014 ||
    codePoint === 0x2026
  )
}
