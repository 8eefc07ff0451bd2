/** What `carya model new` makes in languages whose images take long to build passes its test as it is. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { carya } from '../integration/cli/carya.ts'
import { engine } from '../support/engine.ts'
import { install } from '../support/stack.ts'

const stack = new AsyncDisposableStack()
// images belong to the whole engine, which other tests share
const name = `growth-${randomBytes(4).toString('hex')}`
let parent = ''
let command: (...words: string[]) => ReturnType<typeof carya>

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'carya-scaffolds-'))
  stack.defer(() => rm(parent, { recursive: true }))
  stack.defer(removeImages)
  const installation = stack.use(await install())
  const { api } = await installation.dispatcher()
  command = (...words) => carya(api, words, { CARYA_TOKEN: installation.token })
  await installation.worker('w1')
  await vi.waitFor(
    async () => expect((await command('worker', 'ls')).out).toContain('w1\tdefault\tlive'),
    20_000,
  )
})
afterAll(() => stack.disposeAsync())

async function removeImages(): Promise<void> {
  for (const { RepoTags } of await engine().listImages({ filters: { reference: [`models/${name}*`] } }))
    for (const tag of RepoTags ?? []) await engine().getImage(tag).remove({ force: true })
}

test.each(['python', 'fortran', 'r'])(
  'one in %s is built, and passes',
  { timeout: 600_000 },
  async (lang) => {
    const folder = join(parent, lang)
    expect(
      await command('model', 'new', `${name}-${lang}`, '--lang', lang, '--folder', folder),
    ).toMatchObject({
      code: 0,
    })
    const tested = await command('model', 'test', folder, '--json')
    expect(tested.lines().at(-1)).toMatchObject({ passed: true, differences: [], state: 'succeeded' })
  },
)
