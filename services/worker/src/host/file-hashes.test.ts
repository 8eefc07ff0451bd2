import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openFileHashes } from './file-hashes.ts'

const never = new AbortController().signal
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** A folder with files `a` and `b`; `beforeRead` is called before each of them is read. */
async function folderOf(beforeRead: (path: string, nth: number) => Promise<void>) {
  const path = await mkdtemp(join(tmpdir(), 'carya-hashes-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  for (const name of ['a', 'b']) await writeFile(join(path, name), name)
  let reads = 0
  const hashes = openFileHashes(2 ** 20, {
    async run(work) {
      await beforeRead(path, (reads += 1))
      return work()
    },
  })
  return hashes.of(path, never)
}

test('a folder has the hash of the list of its files', async () => {
  expect(await folderOf(async () => {})).toEqual({
    sha256: sha256(`${sha256('a')}  ./a\n${sha256('b')}  ./b\n`),
    bytes: 2,
  })
})

test('one in which something changes while it is read has none', async () => {
  const change = (name: string) => (path: string, nth: number) =>
    nth === 2 ? writeFile(join(path, name), 'other') : Promise.resolve()
  for (const name of ['a', 'b', 'c']) expect(await folderOf(change(name))).toEqual({})
})
