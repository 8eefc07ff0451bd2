import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileTemplate } from './compile.ts'
import { TemplateError } from './fault.ts'

const values = {
  params: {
    rate: 0.5,
    small: 1e-7,
    large: 123456.75,
    many: 4,
    snow: true,
    name: `it's <"a" & b>`,
    huge: 1.5e25,
    below: -5,
    lines: 'a\tb\r\nc\u0001',
  },
  inputs: { 'met.csv': '/carya/inputs/met.csv' },
  cpus: 2,
  memory: 256 * 2 ** 20,
}
const render = (text: string) => compileTemplate(text)(values)

test.each([
  ['rate {{ params.rate }}', 'rate 0.5'],
  ['{{params.rate}}{{params.many}}', '0.54'],
  ['{{ params.small }} {{ params.huge }} {{ params.snow }}', '1e-7 1.5e+25 true'],
  ['{{ inputs.met.csv }}', '/carya/inputs/met.csv'],
  ['{{ cpus }} {{ memory }} {{ memory | mebibytes }}', '2 268435456 256'],
  [
    "{{ inputs.soil }}|{{ inputs.soil | default: 'none' }}|{{ inputs.met.csv | default: 'none' }}",
    '|none|/carya/inputs/met.csv',
  ],
  ['{{ params.rate | fixed: 3 }} {{ params.many | fixed: 0 }}', '0.500 4'],
  ['{{ params.huge | fixed: 2 }}', '15000000000000000285212672.00'],
  ['{{ params.rate | exponent: 3 }} {{ params.large | exponent: 0 }}', '5.000e-01 1e+05'],
  [
    '{{ params.rate | fortran }} {{ params.small | fortran }} {{ params.many | fortran }}',
    '0.5d0 1.0d-7 4.0d0',
  ],
  ['{{ params.huge | fortran }} {{ params.snow | fortran }}', '1.5d25 .true.'],
  ['{{ params.name | fortran }}', `'it''s <"a" & b>'`],
  ['{{ params.name | json }}', String.raw`"it's <\"a\" & b>"`],
  ['{{ params.name | shell }}', String.raw`'it'\''s <"a" & b>'`],
  ['{{ params.name | xml }}', 'it&apos;s &lt;&quot;a&quot; &amp; b&gt;'],
  ['{{ params.lines | xml }}', 'a&#9;b&#13;&#10;c\uFFFD'],
  ['{{ params.name | csv }},{{ params.rate | csv }}', `"it's <""a"" & b>",0.5`],
  ["{{ params.snow | choose: 'TRUE', 'FALSE' }}", 'TRUE'],
  [
    "{{ params.rate | fixed: 2 | padleft: 8 }}|{{ params.many | padleft: 3, '0' }}|{{ params.many | padright: 3 }}|",
    '    0.50|004|4  |',
  ],
  [
    "{{ params.below | padleft: 4, '0' }} {{ params.below | fixed: 1 | padleft: 6, '0' }} {{ params.below | padleft: 3 }}",
    '-005 -005.0  -5',
  ],
  ["{{ '-' | padleft: 2, '0' }} {{ '-a' | padleft: 3, '0' }}", '0- 0-a'],
  ["{{ '{{' }} params.rate }}", '{{ params.rate }}'],
  ['{% if x %} { { }} ${a} \\{{ params.many }}', '{% if x %} { { }} ${a} \\4'],
])('%s is %s', (text, rendered) => {
  expect(render(text)).toBe(rendered)
})

test('a number reads back as the same number, plain, for Fortran, and as JSON', () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true })
  fc.assert(
    fc.property(number, (value) => {
      const text = compileTemplate('{{ params.x }} {{ params.x | fortran }} {{ params.x | json }}')({
        ...values,
        params: { x: value },
      })!
      // adding 0 turns -0 into 0
      const read = text
        .replace('d', 'e')
        .split(' ')
        .map((word) => Number(word) + 0)
      expect(read).toEqual([value + 0, value + 0, value + 0])
    }),
  )
})

test('what is quoted reads back as the same text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const of = (filter: string) =>
        compileTemplate(`{{ params.x | ${filter} }}`)({ ...values, params: { x: value } })!
      expect(JSON.parse(of('json'))).toBe(value)
      expect(of('fortran').slice(1, -1).replaceAll("''", "'")).toBe(value)
      expect(
        of('shell')
          .slice(1, -1)
          .replaceAll(String.raw`'\''`, "'"),
      ).toBe(value)
      expect(
        of('shell')
          .replaceAll(String.raw`'\''`, '')
          .slice(1, -1),
      ).not.toContain("'")
      expect(of('xml')).not.toMatch(/[<>"'\t\n\r]|&(?!(amp|lt|gt|quot|apos|#9|#10|#13);)/)
    }),
  )
})

test('what would be too long is not made', () => {
  const name = 'x'.repeat(4000)
  const template = compileTemplate('{{ params.name }}'.repeat(9000))
  expect(template({ ...values, params: { name } }, 262_144)).toBeUndefined()
  expect(compileTemplate('abc')(values, 3)).toBe('abc')
  expect(compileTemplate('abc')(values, 2)).toBeUndefined()
  const quoted = compileTemplate('{{ params.many | padleft: 5 | shell }}')
  expect([quoted(values, 7), quoted(values, 6)]).toEqual(["'    4'", undefined])
})

test.each(['json', 'shell', 'csv', 'fortran', 'xml'])(
  'a text that is quoted again and again by %s is not made longer than it may be',
  (filter) => {
    const template = compileTemplate(`{{ params.name ${`| ${filter} `.repeat(16)}}}`)
    expect(template({ ...values, params: { name: `'"`.repeat(2000) } }, 16_384)).toBeUndefined()
  },
)

test.each(['{{ params.rate | nope }}', '{{ other }}', '{{ params', '{{ params }}'])(
  '%s, which was not checked, is not compiled, or not rendered',
  (text) => {
    expect(() => compileTemplate(text)(values)).toThrow(TemplateError)
  },
)
