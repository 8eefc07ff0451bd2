/**
 * Draws what the demo ends with, from what a real one said on a terminal:
 *
 *   script -qec 'stty cols 120; ./carya demo' /dev/null | node docs/pictures/draw-demo.ts >docs/pictures/demo.svg
 *
 * Drawn is the table and what it says of the members and of what mattered. Nothing in the picture is made up: a terminal that shows no
 * such table fails.
 */
import { text } from 'node:stream/consumers'

const FIRST = 'MEMBER'
const BEHIND = 'picture  '
/** Pixels. */
const LINE = 18
const LETTER = 7.8
const MARGIN = 18
const DARK = '#24292f'
/** The colours of the terminal that the table uses. */
const COLOURS: Readonly<Record<string, string>> = { '31': '#b3261e', '32': '#1a7f37', '33': '#9a6700' }

const said = (await text(process.stdin)).replaceAll('\r', '').split('\n')
const first = said.findIndex((line) => line.startsWith(FIRST))
const behind = said.findIndex((line, i) => i > first && line.startsWith(BEHIND))
if (first < 0 || behind < 0) throw new Error('this is not what the demo says at its end')
const lines = said.slice(first, behind).map((line) => line.trimEnd())
while (lines.at(-1) === '') lines.pop()
process.stdout.write(draw(lines))

function draw(rows: readonly string[]): string {
  const columns = Math.max(...rows.map((row) => bare(row).length))
  const width = Math.ceil(columns * LETTER + 2 * MARGIN)
  const height = rows.length * LINE + 2 * MARGIN
  const drawn = rows.map((row, i) => {
    const weight = i === 0 ? ' font-weight="bold"' : ''
    return `<text x="${MARGIN}" y="${MARGIN + (i + 0.75) * LINE}"${weight}>${coloured(row)}</text>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" xml:space="preserve">`,
    '<title>What carya demo ends with: a run of DALEC and an ensemble of 24, their annual GPP and NEE, and what mattered</title>',
    '<style>text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}</style>',
    `<rect width="${width}" height="${height}" rx="8" fill="#f6f8fa" stroke="#d0d7de"/>`,
    `<g fill="${DARK}">`,
    ...drawn,
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

/** A row with the terminal's colours as those of the picture. */
function coloured(row: string): string {
  return row
    .split('\u001B[')
    .map((part, i) => {
      if (i === 0) return escaped(part)
      const [, code = '', rest = ''] = /^([\d;]*)m(.*)$/s.exec(part) ?? []
      const colour = COLOURS[code]
      return colour === undefined ? escaped(rest) : `<tspan fill="${colour}">${escaped(rest)}</tspan>`
    })
    .join('')
}

function bare(row: string): string {
  return row
    .split('\u001B[')
    .map((part, i) => (i === 0 ? part : part.replace(/^[\d;]*m/, '')))
    .join('')
}

function escaped(part: string): string {
  return part.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
