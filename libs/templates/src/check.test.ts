import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkTemplate, type TemplateNames } from './check.ts'
import { compileTemplate } from './compile.ts'
import { TemplateError } from './fault.ts'

const names: TemplateNames = {
  'params.rate': 'number',
  'params.years': 'integer',
  'params.snow': 'boolean',
  'params.scheme': 'text',
  'inputs.met.csv': 'text',
  cpus: 'number',
  memory: 'integer',
}
const faults = (text: string) =>
  checkTemplate(text, names).map(({ line, column, detail }) => `${line}:${column} ${detail}`)

test.each([
  ['a {{ params.rat }}', '1:6 no such name, params.rat: did you mean params.rate?'],
  ['{{ rate }}', '1:4 no such name, rate: did you mean params.rate?'],
  ['x\ny {{params.zzzzzzz}}', '2:5 no such name, params.zzzzzzz; there are params.NAME'],
  ['{{ constructor }}', '1:4 no such name, constructor; there are params.NAME'],
  ['{{ params.rate | fixd: 2 }}', '1:18 no such filter, fixd: did you mean fixed?'],
  ['{{ params.rate | constructor }}', '1:18 no such filter, constructor; there are fixed'],
  ['{{ params.rate | fixed }}', '1:18 fixed: how many decimals, from 0 to 20'],
  ['{{ params.rate | fixed: 2, 3 }}', '1:18 fixed: how many decimals, from 0 to 20'],
  ['{{ params.rate | fixed: 21 }}', '1:18 fixed: how many decimals, from 0 to 20'],
  ['{{ params.rate | fixed: 1.5 }}', '1:18 fixed: how many decimals, from 0 to 20'],
  ["{{ params.rate | fixed: 'a' }}", '1:18 fixed: how many decimals, from 0 to 20'],
  ['{{ params.rate | json: 1 }}', '1:18 json takes nothing behind it'],
  [
    "{{ params.rate | padleft: 9, 'ab' }}",
    '1:18 padleft: how wide, from 1 to 1024, and perhaps one character',
  ],
  ['{{ params.rate | padleft: 99999 }}', '1:18 padleft: how wide'],
  ['{{ params.scheme | fixed: 2 }}', '1:20 fixed is for number or integer, and this is a text'],
  [
    '{{ params.rate | fixed: 2 | exponent: 2 }}',
    '1:29 exponent is for number or integer, and this is a text',
  ],
  ['{{ params.years | fortran }}', '1:19 fortran is not for a whole number'],
  ["{{ params.rate | choose: 'a', 'b' }}", '1:18 choose is for boolean, and this is a number'],
  ['{{ params.rate', '1:15 }} is missing'],
  ['{{ params.rate\n}}', '1:15 }} is missing'],
  ['{{', '1:3 }} is missing'],
  ['{{ }}', '1:4 a name belongs here'],
  ['{{ 3 }}', '1:4 a name belongs here'],
  ['{{ params.rate params.years }}', '1:16 }} or | belongs here, not params.years'],
  ['{{ params.rate | }}', '1:18 the name of a filter belongs here'],
  ['{{ params.rate | fixed: }}', '1:25 a number or a text in quotes belongs here'],
  ['{{ params.rate | fixed: params.years }}', '1:25 a number or a text in quotes belongs here'],
  ["{{ 'open }}", '1:4 "\'" has no meaning here'],
  ['{{- params.rate }}', '1:3 "-" has no meaning here'],
  ['{{ params["rate"] }}', '1:10 "[" has no meaning here'],
  ['{{ (1..100000000) }}', '1:4 "(" has no meaning here'],
  ['{{ params.rate + 1 }}', '1:16 "+" has no meaning here'],
])('%j is told: %s', (text, told) => {
  expect(faults(text)).toEqual([expect.stringContaining(told)])
})

test('every fault is named, in the order of the text', () => {
  expect(
    faults("{{ a }} {{ params.rate | b | c }}\n{{ 'x }}{{ params.scheme | fortran | nope }}").map((each) =>
      each.slice(0, 4),
    ),
  ).toEqual(['1:4 ', '1:26', '1:30', '2:4 ', '2:38'])
})

test('a template of nothing but faults is read no further than the hundredth', () => {
  expect(faults('{{ a }}\n'.repeat(8000)).length).toBe(100)
  expect(faults('{{ \n'.repeat(8000)).length).toBe(100)
})

test('a value with very many filters is read no further than the sixteenth', () => {
  expect(faults(`{{ params.scheme ${'| json '.repeat(16)}}}`)).toEqual([])
  expect(faults(`{{ params.scheme ${'| json '.repeat(200_000)}}} {{ nope }}`)).toEqual([
    '1:132 at most 16 filters one after the other',
    expect.stringContaining('no such name, nope'),
  ])
})

const values = {
  params: { rate: -1.5e-7, years: 3, snow: true, scheme: "it's" },
  inputs: {},
  cpus: 0.5,
  memory: 2 ** 28,
}
const WORDS = ['{{', '}}', '|', ':', ',', "'", '"', ' ', '\n', '3', '-1', '0', ...Object.keys(names)]
const FILTERS = [
  'fixed',
  'exponent',
  'fortran',
  'json',
  'xml',
  'shell',
  'choose',
  'default',
  'padleft',
  'nope',
]
const template = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.constantFrom(...WORDS, ...FILTERS), { maxLength: 30 }).map((words) => words.join('')),
  fc.array(fc.constantFrom(...WORDS, ...FILTERS), { maxLength: 30 }).map((words) => words.join(' ')),
  fc
    .array(
      fc.tuple(fc.constantFrom(...Object.keys(names)), fc.constantFrom(...FILTERS, 'fixed: 2', 'padleft: 3')),
    )
    .map((slots) => slots.map(([name, filter]) => `{{ ${name} | ${filter} }}`).join('-')),
)

test('whatever a template is, it is compiled or told; one without a fault renders', () => {
  fc.assert(
    fc.property(template, (text) => {
      const isRight = checkTemplate(text, names).length === 0
      try {
        const rendered = compileTemplate(text)(values)
        if (isRight) expect(rendered).toBeTypeOf('string')
      } catch (error) {
        expect(isRight).toBe(false)
        expect(error).toBeInstanceOf(TemplateError)
      }
    }),
    { numRuns: 5000 },
  )
})

test('a text without two braces comes out as it is', () => {
  fc.assert(
    fc.property(
      fc
        .string({ unit: 'binary' })
        .map((text) => text.replaceAll('{{', '{'))
        .filter((text) => !text.includes('{{')),
      (text) => {
        expect(checkTemplate(text, {})).toEqual([])
        expect(compileTemplate(text)(values)).toBe(text)
      },
    ),
  )
})
