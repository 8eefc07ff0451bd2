/** A model's life from the command line: begun, built, tested, registered, upgraded, rolled back, removed. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { carya } from '../../integration/cli/carya.ts'
import { engine } from '../../support/engine.ts'
import { install } from '../../support/stack.ts'

const stack = new AsyncDisposableStack()
// images belong to the whole engine, which other tests share
const name = `growth-${randomBytes(4).toString('hex')}`
let parent = ''
let folder = ''
let api = ''
let env: Record<string, string> = {}

const command = (...words: string[]) => carya(api, words, env)

/** Changes the manifest in the model's folder. */
async function rewrite(...pairs: [from: string, to: string][]): Promise<void> {
  const file = join(folder, 'model.yaml')
  let text = await readFile(file, 'utf8')
  for (const [from, to] of pairs) {
    expect(text).toContain(from)
    text = text.replaceAll(from, to)
  }
  await writeFile(file, text)
}

const listed = async () => {
  const { out } = await command('model', 'ls')
  const rows = out.split('\n').map((line) => line.split('\t'))
  return rows
    .filter(([ref]) => ref?.startsWith(`${name}@`))
    .map(([ref, isDefault]) => `${ref}${isDefault === 'yes' ? ' default' : ''}`)
}

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'carya-models-'))
  stack.defer(() => rm(parent, { recursive: true }))
  folder = join(parent, name)
  stack.defer(removeImages)
  const installation = stack.use(await install())
  ;({ api } = await installation.dispatcher())
  env = { CARYA_TOKEN: installation.token }
  await installation.worker('w1')
  await vi.waitFor(
    async () => expect((await command('worker', 'ls')).out).toContain('w1\tdefault\tlive'),
    20_000,
  )
})
afterAll(() => stack.disposeAsync())

async function removeImages(): Promise<void> {
  const reference = [`models/${name}*`]
  for (const { RepoTags } of await engine().listImages({ filters: { reference } }))
    for (const tag of RepoTags ?? []) await engine().getImage(tag).remove({ force: true })
}

test('one that carya model new has made passes its test at once; the first version is the default', async () => {
  const made = await command('model', 'new', name, '--lang', 'shell', '--folder', folder)
  expect(made).toMatchObject({ code: 0, out: expect.stringContaining(join(folder, 'model.yaml')) })
  const again = await command('model', 'new', name, '--folder', folder)
  expect([again.code, again.err]).toEqual([2, expect.stringContaining('is not empty')])
  const tested = await command('model', 'test', folder)
  expect(tested).toMatchObject({ code: 0, out: `${name}@0.1.0 passed\n` })
  expect((await command('ls', '--label', `carya.test=${name}@0.1.0`)).out).toContain('succeeded')
  expect(await listed()).toEqual([`${name}@0.1.0 default`])
  expect(tested.err).not.toContain('is the default')
  // it is the default by now, and is what people change and test again
  await rewrite(['timeout: 10m', 'timeout: 9m'])
  const changed = await command('model', 'test', folder)
  expect([changed.code, changed.err]).toEqual([
    0,
    expect.stringContaining(`${name}@0.1.0 is the default, so what this folder holds`),
  ])
})

test('one in C is built, and passes as well', async () => {
  const inC = join(parent, 'c')
  await command('model', 'new', `${name}-c`, '--lang', 'c', '--folder', inC)
  const tested = await command('model', 'test', inC, '--json')
  expect(tested.code).toBe(0)
  expect(tested.lines().at(-1)).toMatchObject({ passed: true, differences: [], state: 'succeeded' })
})

test('an image that was built carries its manifest, and is all that is needed to register it', async () => {
  await command('model', 'rm', `${name}@0.1.0`, '--yes')
  expect(await listed()).toEqual([])
  const built = await command('model', 'build', folder)
  expect(built).toMatchObject({ code: 0, out: `models/${name}:0.1.0\n` })
  const added = await command('model', 'add', `models/${name}:0.1.0`)
  expect(added).toMatchObject({ code: 0, out: `${name}@0.1.0\n` })
  const shown = await command('model', 'show', name)
  expect(shown.out).toContain('Logistic growth')
  expect(shown.out).toContain('series.csv (required, text/csv, series over day)')
})

test('an upgrade whose test fails leaves the default, and says what differs and where to look', async () => {
  await rewrite(['0.1.0', '0.2.0'], ['final: 94.28', 'final: 95.28'])
  await command('model', 'build', folder)
  const failed = await command('model', 'upgrade', name, folder)
  expect(failed.code).toBe(1)
  expect(failed.err).toMatch(/metric final: expected 95\.28\d+, found 94\.28/)
  expect(failed.err).toMatch(/carya show r\w+/)
  expect(failed.err).toContain(`The default is still ${name}@0.1.0`)
  expect(await listed()).toEqual([`${name}@0.1.0 default`, `${name}@0.2.0`])
})

test('mended it becomes the default, while the old version can still be run', async () => {
  await rewrite(['final: 95.28', 'final: 94.28'])
  const upgraded = await command('model', 'upgrade', name, folder)
  expect(upgraded).toMatchObject({ code: 0, out: `${name}@0.2.0\n` })
  expect(await listed()).toEqual([`${name}@0.1.0`, `${name}@0.2.0 default`])
  const again = await command('model', 'upgrade', name, folder)
  expect([again.code, again.err]).toEqual([0, expect.stringContaining('is up to date')])
  const old = await command('run', `${name}@0.1.0`, '-p', 'days=3', '--wait', '--json')
  expect(old.code).toBe(0)
  expect(old.lines().at(-1)).toMatchObject({ model: `${name}@0.1.0`, metrics: { final: expect.any(Number) } })
})

test('it is rolled back by naming the version before, and what is no default can be removed', async () => {
  const kept = await command('model', 'rm', `${name}@0.2.0`, '--yes')
  expect([kept.code, kept.err]).toEqual([2, expect.stringContaining(`carya model default ${name}@0.1.0`)])
  const back = await command('model', 'default', `${name}@0.1.0`)
  expect(back).toMatchObject({ code: 0, out: `${name}@0.1.0\n` })
  const { out } = await command('run', name, '--wait', '--json')
  expect(JSON.parse(out.trim().split('\n').at(-1) ?? '')).toMatchObject({ model: `${name}@0.1.0` })
  expect((await command('model', 'rm', `${name}@0.2.0`, '--yes')).code).toBe(0)
  expect(await listed()).toEqual([`${name}@0.1.0 default`])
})
