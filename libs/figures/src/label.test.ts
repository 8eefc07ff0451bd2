import { expect, test } from 'vitest'
import { clean, distinct, widthOf, wrap } from './label.ts'

test('what XML cannot hold, and what turns the direction of text, is taken away', () => {
  expect(clean('a\u0000b\ud800c\ufffed')).toBe('abcd')
  expect(clean('gpp\u202eevil')).toBe('gppevil')
  expect(clean(' two\n\tlines ')).toBe('two lines')
  expect(clean('\u0000')).toBe('—')
})

test('marks piled up on a letter are cut, those of real words stay', () => {
  expect(clean(`a${'\u0336'.repeat(50)}`)).toBe(`a${'\u0336'.repeat(4)}`)
  expect(clean('Ångström')).toBe('Ångström')
})

test('text from right to left keeps its direction to itself, on every line', () => {
  expect(clean('שלום')).toBe('\u2068שלום\u2069')
  const lines = wrap(`(a) ${clean('שלום עולם')}`, 10, 55, 3)
  expect(lines).toEqual(['(a) \u2068שלום\u2069', '\u2068עולם\u2069'])
})

test('widths are those of the font', () => {
  expect(widthOf('iW', 1000)).toBe(278 + 989)
  expect(widthOf('变', 1000)).toBe(1000)
  expect(widthOf('e\u0301', 1000)).toBe(615)
})

test.each([
  ['short', ['short']],
  ['two words', ['two', 'words']],
  ['mineralisation_litter', ['mineralisation_', 'litter']],
  ['one two three four five six seven', ['one two three', 'four five six…']],
  ['mmmmmmmmmmmmmm', ['mmmmmmmm', 'mmmmmm']],
])('%s is broken into lines that have room', (text, lines) => {
  const pixels = text === 'two words' ? 50 : 90
  expect(wrap(text, 11, pixels, 2)).toEqual(lines)
  for (const line of lines) expect(widthOf(line, 11)).toBeLessThanOrEqual(pixels)
})

test('numbers are not broken at their full stop', () => {
  expect(wrap('up to 1.25', 10, 45, 2)).toEqual(['up to', '1.25'])
})

test('labels that were cut to the same text are told apart', () => {
  expect(distinct(['a', 'b', 'a (2)', 'a', 'a'])).toEqual(['a', 'b', 'a (2)', 'a (3)', 'a (4)'])
})
