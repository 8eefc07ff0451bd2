import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { Manifest } from '@carya/contracts'
import { compileTemplate, filters } from '@carya/templates'
import { checkManifest } from './check-manifest.ts'

const page = readFileSync(new URL('../../../docs/manifest.md', import.meta.url), 'utf8')
const [, example = ''] = /<!-- checked -->\s+```yaml\n(.*?)```/s.exec(page) ?? []

test('the example of the page on manifests is right', () => {
  expect(checkManifest(parse(example))).toHaveProperty('manifest.name', 'pond')
})

test('the page has every field and every filter', () => {
  for (const field of Object.keys(Manifest.shape)) expect(page).toContain(`\`${field}\``)
  for (const filter of Object.keys(filters)) expect(page).toMatch(new RegExp(`\`${filter}[:\`]`))
})

const examples = [...page.matchAll(/`(\{\{[^`]*\}\})` → `([^`]*)`/g)].map(([, template = '', made = '']) => [
  template.replaceAll(String.raw`\|`, '|'),
  made,
])

test('the page has an example of each way to write a value', () => {
  expect(examples.length).toBeGreaterThanOrEqual(Object.keys(filters).length)
})

test.each(examples)('%s is %s, as the page says', (template = '', made = '') => {
  const { parameters } = Manifest.parse(parse(example))
  const params = Object.fromEntries(Object.entries(parameters).map(([name, each]) => [name, each.default!]))
  const values = { params, inputs: { rain: '/carya/inputs/rain' }, cpus: 1, memory: 64 * 2 ** 20 }
  expect(compileTemplate(template)(values)).toBe(made)
})
