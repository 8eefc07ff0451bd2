import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { contextFiles } from './build-context.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carya-context-'))
  for (const path of ['Dockerfile', 'src/a.c', 'src/a.o', 'data/big.nc', 'data/keep/me.csv', '.git/HEAD']) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), path)
  }
  await symlink('src/a.c', join(folder, 'link'))
})
afterEach(() => rm(folder, { recursive: true }))

const files = async (ignore?: string) => {
  if (ignore !== undefined) await writeFile(join(folder, '.dockerignore'), ignore)
  return (await contextFiles(folder, 'Dockerfile')).toSorted()
}

test('without a .dockerignore it is the whole folder', async () => {
  expect(await files()).toEqual(
    ['.git', '.git/HEAD', 'Dockerfile', 'data', 'data/big.nc', 'data/keep', 'data/keep/me.csv'].concat([
      'link',
      'src',
      'src/a.c',
      'src/a.o',
    ]),
  )
})

test('what a .dockerignore names is left out, whole folders too', async () => {
  expect(await files('# not for the image\n.git\ndata\n**/*.o\n')).toEqual([
    '.dockerignore',
    'Dockerfile',
    'link',
    'src',
    'src/a.c',
  ])
})

test('exceptions of it stay, and so do the Dockerfile and itself', async () => {
  expect(await files('*\n!src\nsrc/*.o\n!data/keep\n')).toEqual([
    '.dockerignore',
    'Dockerfile',
    'data/keep',
    'data/keep/me.csv',
    'src',
    'src/a.c',
  ])
})
