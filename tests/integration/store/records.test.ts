import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openStore } from '@carya/store'
import { expect, test } from 'vitest'
import { recordWriter } from '../../../services/dispatcher/src/ended-runs.ts'

async function setUp() {
  const folder = await mkdtemp(join(tmpdir(), 'carya-records-'))
  return {
    store: await openStore(folder),
    folder,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}
const RUN = 'r01k00000000000000000000000'
const MEMBER = {
  id: 'e01k00000000000000000000000-1234',
  ensemble: 'e01k00000000000000000000000',
  index: 1234,
}

test('a run’s record is read as it was written, a member’s too, and one that is not there is none', async () => {
  await using s = await setUp()
  expect(await s.store.readRun(RUN)).toBeUndefined()
  await s.store.writeRun({ id: RUN }, { id: RUN, state: 'failed' })
  await s.store.writeRun(MEMBER, { id: MEMBER.id })
  expect(await s.store.readRun(RUN)).toEqual({ id: RUN, state: 'failed' })
  expect(await s.store.readRun(MEMBER.id)).toEqual({ id: MEMBER.id })
})

test('a record is written whatever else it says, and one that says not whose it is holds up nothing', async () => {
  await using s = await setUp()
  const said: string[] = []
  const log = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (_: object, what: string) => said.push(what),
  }
  const writing = recordWriter(s.store, log)
  const write = (record: unknown) => writing(record, 1)
  // no reader's schema takes this deadline
  const record = { id: RUN, state: 'failed', deadline: '+010000-01-01T00:00:00.000Z' }
  await write(record)
  expect(await s.store.readRun(RUN)).toEqual(record)
  await write({ ...MEMBER, state: 'failed' })
  expect(await s.store.readRun(MEMBER.id)).toMatchObject({ state: 'failed' })
  expect(said).toEqual([])
  await write({ id: '../../etc', state: 'failed' })
  await write(undefined)
  expect(said).toHaveLength(2)
})

test('a record is never read through a link, nor from outside of the store', async () => {
  await using s = await setUp()
  const path = join(s.folder, 'runs', RUN, 'run.json')
  await mkdir(dirname(path), { recursive: true })
  await writeFile(join(s.folder, 'other.json'), '{}')
  await symlink(join(s.folder, 'other.json'), path)
  await expect(s.store.readRun(RUN)).rejects.toMatchObject({ code: 'not_a_file' })
  await expect(s.store.readRun('../../etc')).rejects.toMatchObject({ code: 'outside' })
})

test('the sequence of an installation is kept; what is no number counts as nothing', async () => {
  await using s = await setUp()
  expect([await s.store.readSequence('test'), await s.store.isOf('test')]).toEqual([0, false])
  await s.store.writeSequence('test', 41)
  await s.store.writeSequence('test', 42)
  expect([await s.store.readSequence('test'), await s.store.readSequence('other')]).toEqual([42, 0])
  expect([await s.store.isOf('test'), await s.store.isOf('other')]).toEqual([true, false])
  await writeFile(join(s.folder, 'carya', 'test.sequence'), 'many')
  expect(await s.store.readSequence('test')).toBe(0)
})
