/** What a stack keeps of itself, as an older version has written it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { homeAt } from '../../../apps/cli/src/stack/home.ts'
import { readInstallation } from '../../../apps/cli/src/stack/installation.ts'
import { storePath } from '../../../apps/cli/src/stack/store-folder.ts'

async function setUp(variables: string) {
  const home = homeAt(await mkdtemp(join(tmpdir(), 'carya-home-')))
  await writeFile(home.installation, '{"v":1,"id":"abc123","worker":"local","pool":"default"}')
  await writeFile(home.stackEnv, variables)
  return { home, [Symbol.asyncDispose]: () => rm(home.path, { recursive: true }) }
}

test('store and settings that only stack.env has are kept', async () => {
  await using setting = await setUp(
    'CARYA_STATE=/old/.carya\nCARYA_STORE=/data/carya\nCARYA_WORKER_CPUS=2\nCARYA_WORKER=local\n',
  )
  const installation = await readInstallation(setting.home)
  expect(installation).toMatchObject({ store: '/data/carya', settings: { CARYA_WORKER_CPUS: '2' } })
  expect(installation?.settings).toEqual({ CARYA_WORKER_CPUS: '2' })
  // what the environment of another command says is not asked
  expect(storePath(setting.home, installation, { CARYA_STORE: '/elsewhere' })).toBe('/data/carya')
})

test('a store in the state folder moves with it', async () => {
  await using setting = await setUp('CARYA_STATE=/old/.carya\nCARYA_STORE=/old/.carya/store\n')
  const installation = await readInstallation(setting.home)
  expect(storePath(setting.home, installation, { CARYA_STORE: '/elsewhere' })).toBe(setting.home.store)
})
