/** docs/bring-your-model.md, word for word: from nothing to a hundred runs of ngspice, their picture and an upgrade. */
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openHome, root, run, type Home } from '../e2e/stack/carya.ts'
import { scriptOf, shellBlocks } from '../support/shell-blocks.ts'

const stack = new AsyncDisposableStack()
let home: Home
let folder: string

beforeAll(async () => {
  home = stack.use(await openHome())
  folder = await mkdtemp(join(tmpdir(), 'carya-guide-'))
  stack.defer(() => rm(folder, { recursive: true }))
  await symlink(join(root, 'carya'), join(folder, 'carya'))
  const blocks = await shellBlocks(new URL('../../docs/bring-your-model.md', import.meta.url))
  const { code, stdout, stderr } = await run('bash', ['-c', scriptOf(blocks)], home.env, folder)
  if (code !== 0) throw new Error(`the guide ended with ${code}:\n${stdout}\n${stderr}`)
}, 900_000)
afterAll(() => stack.disposeAsync(), 120_000)

test('a hundred runs have succeeded, each as theory has it', async () => {
  const [header = '', ...rows] = (await readFile(join(folder, 'rc', 'results.csv'), 'utf8'))
    .trimEnd()
    .split('\n')
  const names = header.split(',')
  expect(rows).toHaveLength(100)
  for (const row of rows) {
    const cells = row.split(',')
    const cell = (name: string) => Number(cells[names.indexOf(name)])
    expect(cells[names.indexOf('state')]).toBe('succeeded')
    expect(Math.abs(cell('v_end') - (1 - Math.exp(-1e-3 / (cell('r') * cell('c')))))).toBeLessThan(1e-3)
  }
})

test('the picture shows the spread over time', async () => {
  const picture = await readFile(join(folder, 'rc', 'rc.svg'), 'utf8')
  expect(picture).toMatch(/^<svg/)
  expect(picture).toContain('v_out')
})

test('the upgrade was tested, and taken back', async () => {
  const models = await home.json<{ items: { name: string; version: string; default: boolean }[] }>([
    'model',
    'ls',
  ])
  const ours = models.items.filter(({ name }) => name === 'rc')
  expect(Object.fromEntries(ours.map((model) => [model.version, model.default]))).toEqual({
    '1.0.0': true,
    '1.1.0': false,
  })
})
