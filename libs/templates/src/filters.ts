/** The filters of templates: how a value is written in the format of a model. Each takes and gives what its types say. */

/** What a name stands for. `text` is a string, or the path of an input. */
export type TemplateType = 'number' | 'integer' | 'boolean' | 'text'

export type TemplateValue = number | boolean | string

/** An argument: a whole number within bounds, or a text. */
export type ArgumentWanted = { what: string; from?: number; to?: number; optional?: true }

export type Filter = {
  /** for the documentation */
  makes: string
  takes: readonly TemplateType[]
  wants: readonly ArgumentWanted[]
  apply: (value: TemplateValue, given: readonly (number | string)[]) => TemplateValue
  /** what comes out; text where nothing is said */
  gives?: TemplateType
}

const NUMBERS = ['number', 'integer'] as const
const ALL = ['number', 'integer', 'boolean', 'text'] as const
const DECIMALS = { what: 'how many decimals', from: 0, to: 20 }
const WIDTH = { what: 'how wide', from: 1, to: 1024 }
const FILLED = { what: 'one character to fill with', optional: true } as const

export const filters: Readonly<Record<string, Filter>> = {
  fixed: {
    makes: 'a number with so many decimals: `fixed: 3` makes 0.500',
    takes: NUMBERS,
    wants: [DECIMALS],
    apply: (value, [decimals]) => fixed(Number(value), Number(decimals)),
  },
  exponent: {
    makes: 'a number with an exponent, as C and Fortran write it: `exponent: 3` makes 5.000e-01',
    takes: NUMBERS,
    wants: [DECIMALS],
    apply: (value, [decimals]) =>
      Number(value)
        .toExponential(Number(decimals))
        .replace(/e([+-])(\d)$/, 'e$10$2'),
  },
  fortran: {
    makes:
      "a constant of Fortran: 0.5d0 of a number, .true. or .false. of a boolean, 'it''s' of a text; whole numbers need none",
    takes: ['number', 'boolean', 'text'],
    wants: [],
    apply: fortran,
  },
  json: {
    makes: 'JSON, a text in double quotes',
    takes: ALL,
    wants: [],
    apply: (value) => JSON.stringify(value),
  },
  shell: {
    makes: 'one word of a POSIX shell, in single quotes',
    takes: ALL,
    wants: [],
    apply: (value) => `'${String(value).replaceAll("'", String.raw`'\''`)}'`,
  },
  xml: {
    makes: 'text of XML or of an attribute; characters that XML cannot have become U+FFFD',
    takes: ALL,
    wants: [],
    apply: (value) => xml(String(value)),
  },
  csv: {
    makes: 'one cell of CSV, in double quotes where it needs them',
    takes: ALL,
    wants: [],
    apply: (value) =>
      /[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value),
  },
  choose: {
    makes: "one of two texts: `choose: 'TRUE', 'FALSE'` of a boolean",
    takes: ['boolean'],
    wants: [{ what: 'the text for true' }, { what: 'the text for false' }],
    apply: (value, given) => String(given[value === true ? 0 : 1]),
  },
  default: {
    makes: "another text where an input was not given: `default: 'none'`",
    takes: ['text'],
    wants: [{ what: 'the text instead' }],
    apply: (value, [other]) => (value === '' ? String(other) : value),
  },
  mebibytes: {
    makes: 'bytes as whole MiB: `{{ memory | mebibytes }}`',
    takes: NUMBERS,
    gives: 'integer',
    wants: [],
    apply: (value) => Math.floor(Number(value) / 2 ** 20),
  },
  padleft: {
    makes:
      "so many characters at least, blanks before it: `padleft: 10`; or zeros, behind a sign: `padleft: 4, '0'`",
    takes: ALL,
    wants: [WIDTH, FILLED],
    apply: (value, [width, fill = ' ']) => padded(String(value), Number(width), String(fill)),
  },
  padright: {
    makes: 'so many characters at least, blanks after it',
    takes: ALL,
    wants: [WIDTH, FILLED],
    apply: (value, [width, fill = ' ']) => String(value).padEnd(Number(width), String(fill)),
  },
}

/** Zeros stand behind the sign of a number, which before it would make another of it, or none. */
function padded(text: string, width: number, fill: string): string {
  const sign = fill === '0' ? (/^[+-](?=\d)/.exec(text)?.[0] ?? '') : ''
  return `${sign}${text.slice(sign.length).padStart(width - sign.length, fill)}`
}

/** As `toFixed`, which from 1e21 on writes an exponent. */
function fixed(value: number, decimals: number): string {
  if (Math.abs(value) < 1e21 || !Number.isFinite(value)) return value.toFixed(decimals)
  return `${BigInt(value)}${decimals === 0 ? '' : `.${'0'.repeat(decimals)}`}`
}

function fortran(value: TemplateValue): string {
  if (typeof value === 'boolean') return value ? '.true.' : '.false.'
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`
  const [digits = '', exponent = '0'] = String(value).split('e')
  return `${digits.includes('.') ? digits : `${digits}.0`}d${Number(exponent)}`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // as they are they would be read as blanks in an attribute, and a carriage return as a line feed everywhere
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

function xml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[&<>"'\t\n\r]/g, (mark) => ENTITIES[mark]!)
    .replaceAll(/[^\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
}
