import { readFileSync } from 'node:fs'
import { Manifest } from '@carya/contracts'
import { parse } from 'yaml'
import { expect, test } from 'vitest'

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const guide = read('../../docs/bring-your-model.md')

test('the guide makes this manifest', () => {
  expect(guide).toContain(`\ncat >model.yaml <<'END'\n${read('model.yaml')}END\n`)
})

test('what the guide shows of manifests is right', () => {
  const { name, version, image } = parse(read('model.yaml'))
  const shown = Array.from(guide.matchAll(/^```yaml\n([^]*?)^```$/gm), ([, text]) => parse(text ?? ''))
  expect(shown.length).toBeGreaterThan(0)
  for (const fields of shown)
    expect(Manifest.safeParse({ name, version, image, ...fields })).toMatchObject({ success: true })
})
