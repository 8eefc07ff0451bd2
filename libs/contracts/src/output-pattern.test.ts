import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isPattern, outputMatcher } from './output-pattern.ts'

test.each([
  ['out.csv', 'out.csv'],
  ['*', 'out.csv'],
  ['*.csv', 'out.csv'],
  ['*.csv', '.csv'],
  ['o?t.csv', 'out.csv'],
  ['?.txt', '🌲.txt'],
  ['a*b*c', 'abxbc'],
  ['day-*/out.csv', 'day-1/out.csv'],
  ['**/out.csv', 'out.csv'],
  ['**/out.csv', 'a/b/out.csv'],
  ['a/**/z', 'a/z'],
  ['a/**/z', 'a/b/c/z'],
  ['a/**', 'a/b/c'],
  ['**', 'a/b'],
  ['**/b/**/d', 'b/b/c/b/d'],
  ['a**z', 'abcz'],
  ['a*b', 'a*b'],
  ['(x|y)+.[a-z]', '(x|y)+.[a-z]'],
])('%s means %s', (pattern, name) => expect(outputMatcher(pattern)(name)).toBe(true))

test.each([
  ['out.csv', 'Out.csv'],
  ['*.csv', 'a/out.csv'],
  ['*', 'a/b'],
  ['?', ''],
  ['?', 'ab'],
  ['a/**', 'a'],
  ['a/**/z', 'az'],
  ['a**z', 'a/z'],
  ['**/out.csv', 'a/xout.csv'],
  ['.*', 'a'],
  ['[ab]*', 'a'],
])('%s does not mean %s', (pattern, name) => expect(outputMatcher(pattern)(name)).toBe(false))

test('agrees with regular expressions', () => {
  const part = fc.constantFrom('a', 'b', '?', '*', '/', '**/')
  const letter = fc.constantFrom('a', 'b', '/')
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), fc.array(letter, { maxLength: 8 }), (parts, letters) => {
      const [pattern, name] = [parts.join('').replace(/(?<=[^/])\*\*+/g, '*'), letters.join('')]
      if (!isPattern(pattern) || /\*\*[^/]/.test(pattern) || pattern.endsWith('**')) return
      const source = pattern
        .replace(/\*\*\//g, '§')
        .replace(/\*/g, '[^/]*')
        .replace(/\?/g, '[^/]')
        .replace(/§/g, '([^/]*/)*')
      expect([pattern, name, outputMatcher(pattern)(name)]).toEqual([
        pattern,
        name,
        new RegExp(`^${source}$`).test(name),
      ])
    }),
    { numRuns: 2000 },
  )
})

test('a hostile pattern and a hostile name are compared nevertheless', () => {
  const slow = outputMatcher(`${'**/'.repeat(40)}${'*a'.repeat(60)}*b`)
  expect(slow(`${'a/'.repeat(500)}${'a'.repeat(3000)}`)).toBe(false)
})
