import * as fc from 'fast-check'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { broken, RIGHT } from './broken-manifests.fixture.ts'
import { checkManifestFile } from './check-manifest-file.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carya-check-'))
})
afterAll(() => rm(folder, { recursive: true }))

let count = 0
/** A manifest in a folder of its own, with files beside it. */
async function written(
  text: string | Uint8Array,
  files: Record<string, string | Uint8Array> = {},
): Promise<string> {
  count += 1
  const here = join(folder, String(count))
  await mkdir(join(here, 'data'), { recursive: true })
  for (const [name, content] of Object.entries(files)) await writeFile(join(here, name), content)
  await writeFile(join(here, 'model.yaml'), text)
  return join(here, 'model.yaml')
}

async function faultsOf(file: string): Promise<string[]> {
  const checked = await checkManifestFile(file)
  if (!('faults' in checked)) return []
  return checked.faults.map(({ line, column, path, detail }) => `${line}:${column} ${path}: ${detail}`)
}

test('a manifest that is right has no fault, by its file or its folder', async () => {
  const file = await written(RIGHT)
  expect(await faultsOf(file)).toEqual([])
  expect(await faultsOf(join(file, '..'))).toEqual([])
})

describe('every fault is named where it stands:', () => {
  test.each(broken)('%s', async (_, text, told) => {
    const faults = await faultsOf(await written(text))
    expect(faults).toEqual(
      told.map(([place, word]) =>
        expect.stringMatching(new RegExp(`^${place} .*(${word.source})`, `s${word.flags}`)),
      ),
    )
  })
})

test('what is no file is told', async () => {
  expect(await faultsOf(join(folder, 'none.yaml'))).toEqual([expect.stringContaining('no such file')])
  expect(await faultsOf('/dev/zero')).toEqual([expect.stringContaining('no regular file')])
})

test('a hundred faults of one manifest are told, and how many more there are', async () => {
  const parameters = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`p${at}`, { type: 'x' }]))
  const faults = await faultsOf(await written(stringify({ name: 'm', version: '1', image: 'm', parameters })))
  expect(faults).toHaveLength(101)
  expect(faults.at(-1)).toContain('200 more faults')
})

describe('files beside a manifest', () => {
  const local = RIGHT.replace(/template: \|\n( {6}.*\n)+/, 'source: ./data/in.tpl\n')
    .replace('{ mediaType: text/csv }', '{ default: data/rain.csv }')
    .replace(
      '{ rain: https://data.example/rain.csv }',
      '{ rain: ./rain.csv }\n  outputs: { level.txt: ./level.txt }',
    )
  const files = {
    'data/in.tpl': '&run\n rate = {{ params.rate }}\n/\n',
    'data/rain.csv': '1,2\n',
    'rain.csv': '1,3\n',
    'level.txt': '1 3\n',
  }

  test('are put into it, or found to be uploaded', async () => {
    const checked = await checkManifestFile(await written(local, files))
    if ('faults' in checked) throw new Error(JSON.stringify(checked.faults))
    expect(checked.manifest).toMatchObject({
      files: { 'in.nml': { template: files['data/in.tpl'] } },
      inputs: { rain: { default: expect.stringMatching(/^store:sha256\/0+$/) } },
    })
    expect(checked.uploads.map(({ local: { at }, size }) => [at.join('.'), size])).toEqual([
      ['inputs.rain.default', 4],
      ['test.inputs.rain', 4],
      ['test.outputs.level.txt', 4],
    ])
  })

  test('may stand under several names by an alias', async () => {
    const text = local
      .replace('in.nml:\n', 'in.nml: &file\n')
      .replace('inputs:', '  other.nml: *file\ninputs:')
    const checked = await checkManifestFile(await written(text, files))
    if ('faults' in checked) throw new Error(JSON.stringify(checked.faults))
    const template = files['data/in.tpl']
    expect(checked.manifest).toMatchObject({ files: { 'in.nml': { template }, 'other.nml': { template } } })
  })

  test('have their own faults at their own places', async () => {
    const file = await written(local, { ...files, 'data/in.tpl': 'a\nb {{ params.rte }}\n' })
    const checked = await checkManifestFile(file)
    expect('faults' in checked && checked.faults).toEqual([
      {
        file: join(file, '..', 'data/in.tpl'),
        line: 2,
        column: 6,
        path: 'files.in.nml.template',
        detail: expect.stringContaining('did you mean params.rate'),
      },
    ])
  })

  test('that are none, or lead out of its folder, are not taken', async () => {
    const file = await written(local, { ...files, 'data/in.tpl': Uint8Array.from([0xff]) })
    await rm(join(file, '..', 'rain.csv'))
    await symlink('/etc/hostname', join(file, '..', 'rain.csv'))
    await rm(join(file, '..', 'level.txt'))
    await mkdir(join(file, '..', 'level.txt'))
    expect(await faultsOf(file)).toEqual([
      expect.stringMatching(/^10:13 files.in.nml.source: .*data\/in.tpl:1:1: it is not in UTF-8/),
      expect.stringMatching(/^\d+:19 test.inputs.rain: a file below the folder .*leads out of it/),
      expect.stringMatching(/^\d+:25 test.outputs.level.txt: a regular file/),
    ])
  })
})

test('no YAML whatever makes it stumble', async () => {
  const file = await written('')
  const words = fc.constantFrom(
    'name',
    'parameters',
    'files',
    'template',
    ': ',
    '- ',
    '\n',
    '  ',
    '{',
    '}',
    '[',
    ']',
    '&a ',
    '*a',
    '!t ',
    '|\n',
    "'",
    '"',
    '{{',
    '1',
    '#',
    '? ',
    '---\n',
    '\t',
  )
  const text = fc.oneof(
    fc.array(words, { maxLength: 40 }).map((all) => all.join('')),
    fc.jsonValue({ maxDepth: 4 }).map((value) => stringify(value)),
    fc.string({ unit: 'binary' }),
  )
  await fc.assert(
    fc.asyncProperty(text, async (each) => {
      await writeFile(file, each)
      expect((await faultsOf(file)).length).toBeGreaterThan(0)
    }),
    { numRuns: 300 },
  )
})
