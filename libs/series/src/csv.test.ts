import { expect, test } from 'vitest'
import { CsvReader, type CsvRecord } from './csv.ts'
import { TooLong } from './lines.ts'

function read(...parts: string[]): CsvRecord[] {
  const records: CsvRecord[] = []
  const reader = new CsvReader((record) => records.push(record))
  for (const part of parts) reader.write(part)
  reader.end()
  return records
}

test('reads lines with LF or CRLF, with and without the last newline', () => {
  const expected = [
    { line: 1, fields: ['a', 'b'] },
    { line: 2, fields: ['1', ''] },
  ]
  expect(read('a,b\n1,\n')).toEqual(expected)
  expect(read('a,b\r\n1,')).toEqual(expected)
  expect(read('\uFEFFa,b\r\n1,\r\n\r\n\n')).toEqual(expected)
})

test('reads quotes that hold commas, newlines and quotes, and counts lines on', () => {
  expect(read('a,"x, ""y""\nz",""\r\n1,2,3')).toEqual([
    { line: 1, fields: ['a', 'x, "y"\nz', ''] },
    { line: 3, fields: ['1', '2', '3'] },
  ])
})

test('reads the same however it is cut into parts', () => {
  const text = '\uFEFFa,"b\r\n""c""",d\r\n\r\n1,2,3\n'
  for (let at = 0; at <= text.length; at += 1) {
    expect(read(text.slice(0, at), text.slice(at))).toEqual(read(text))
  }
})

test.each([
  ['a,"b', 'a quote that is not closed', 1],
  ['a\nb"c,d', 'a quote within a field: it has to be doubled, and the field quoted', 2],
  ['a\n"b"c', 'a quote within a field: it has to be doubled, and the field quoted', 2],
])('tells what is wrong with %j', (text, fault, line) => {
  expect(read(text).at(-1)).toMatchObject({ line, fault })
})

test('an empty line with something behind it is told', () => {
  expect(read('a\n\n1\n\n')).toEqual([
    { line: 1, fields: ['a'] },
    { line: 2, fields: [], fault: 'an empty line' },
    { line: 3, fields: ['1'] },
  ])
})

test('what never ends is given up', () => {
  expect(() => read('x'.repeat(2 ** 21))).toThrow(TooLong)
  expect(() => read('a\n"', ...Array.from({ length: 30 }, () => `${'x'.repeat(2 ** 16)}\n`))).toThrow(TooLong)
})
