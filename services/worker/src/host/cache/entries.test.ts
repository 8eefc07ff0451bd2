import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Entries, treeKey } from './entries.ts'

const SIZE = 60

/** So many trees, the first one used longest ago. */
async function trees(count: number) {
  const root = await mkdtemp(join(tmpdir(), 'carya-entries-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  const keys = Array.from({ length: count }, (_, index) => treeKey(`t${index}`))
  for (const key of keys) {
    await mkdir(join(root, key), { recursive: true })
    for (let file = 0; file < 50; file += 1) await writeFile(join(root, key, `${file}`), '')
  }
  await mkdir(join(root, 'tmp'))
  const found = keys.map((key, usedAt) => ({ key, bytes: SIZE, content: SIZE, usedAt, notedAt: usedAt }))
  const log = { info() {}, warn() {} }
  const left = async () => (await readdir(join(root, 'trees'))).toSorted()
  const going = () => readdir(join(root, 'tmp'))
  return { entries: new Entries({ root, size: 1e9, log, entries: found }), keys, left, going }
}

test('several who want room at once each get it', async () => {
  const { entries, left } = await trees(5)
  expect(await Promise.all([entries.evict(100), entries.evict(100)])).toEqual([120, 120])
  expect(await left()).toEqual(['t4'])
})

test('what is pinned while others leave stays, and another leaves in its place', async () => {
  const { entries, keys, left } = await trees(4)
  const freed = entries.evict(100)
  await Promise.resolve()
  await Promise.resolve()
  entries.pin(keys[1]!)
  expect(await freed).toBe(120)
  expect(await left()).toEqual(['t1', 't3'])
})

test('who finds nobody to leave waits for those who do', async () => {
  const { entries, going } = await trees(1)
  const first = entries.evict(50)
  const second = entries.evict(50).then(async (freed) => ({ freed, going: await going() }))
  expect(await first).toBe(SIZE)
  expect(await second).toEqual({ freed: SIZE, going: [] })
  expect(await entries.evict(50)).toBe(0)
})
