/** The store in folders that a hostile model has been in: links, FIFOs, devices' cousins, swaps, names. */
import { openStore, type Store } from '@carya/store'
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmod, link, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'

async function emptyStore(): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'carya-store-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return openStore(folder)
}
async function* bytes(...chunks: string[]): AsyncIterable<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk)
}
async function* cut(): AsyncIterable<Uint8Array> {
  yield randomBytes(10)
  throw new Error('cut off')
}

const attempt = { run: 'r01arz3ndektsv4rrffq69g5fav', attempt: 1, nonce: '0123456789abcdef' }

/** Folders in folders, in whose middle names begin to be too long, and a file beside each. */
function makeDeep(folder: string): void {
  // by names of one step, as no other can remove them
  onTestFinished(() => void execFileSync('rm', ['-rf', folder]))
  const deep = 'd=$(printf %0200d 0); for i in $(seq 22); do echo x > $d.x; mkdir $d && cd -P $d; done'
  execFileSync('bash', ['-c', deep], { cwd: folder })
}

describe('reading', () => {
  test('gives a whole file, and any part of it', async () => {
    const store = await emptyStore()
    const { outputs, folder } = await store.makeAttempt(attempt)
    await writeFile(join(outputs, 'gpp.csv'), '0123456789')
    const whole = await store.read(`${folder}/outputs/gpp.csv`)
    expect(whole).toMatchObject({ size: 10, from: 0, to: 10 })
    expect(await text(whole.stream)).toBe('0123456789')
    const part = await store.read(`${folder}/outputs/gpp.csv`, { from: 3, to: 5 })
    expect(await text(part.stream)).toBe('34')
    const beyond = await store.read(`${folder}/outputs/gpp.csv`, { from: 30, to: 50 })
    expect([beyond.from, beyond.to, await text(beyond.stream)]).toEqual([10, 10, ''])
  })

  test.each(['../etc/passwd', '/etc/passwd', 'runs/../../x', 'a\0b', '..'])('refuses %j', async (path) => {
    const store = await emptyStore()
    await expect(store.read(path)).rejects.toMatchObject({ code: 'outside' })
  })

  test('refuses links, folders, FIFOs and what lies behind a linked folder, without hanging', async () => {
    const store = await emptyStore()
    const { outputs, folder } = await store.makeAttempt(attempt)
    await symlink('/etc/passwd', join(outputs, 'link'))
    await symlink('/etc', join(outputs, 'etc'))
    await mkdir(join(outputs, 'folder'))
    execFileSync(
      'mkfifo',
      ['a', 'b', 'c', 'd', 'e'].map((name) => join(outputs, name)),
    )
    for (const name of ['link', 'folder', 'a', 'b', 'c', 'd', 'e'])
      await expect(store.read(`${folder}/outputs/${name}`)).rejects.toMatchObject({ code: 'not_a_file' })
    await expect(store.read(`${folder}/outputs/etc/passwd`)).rejects.toMatchObject({ code: 'outside' })
    await expect(store.read(`${folder}/outputs/none`)).rejects.toMatchObject({ code: 'missing' })
    await expect(store.read(`${folder}/outputs/a/none`)).rejects.toMatchObject({ code: 'missing' })
  })
})

describe('listing', () => {
  test('lists regular files alone, sorted, at any depth, and says what it passed over', async () => {
    const store = await emptyStore()
    const { outputs, folder } = await store.makeAttempt(attempt)
    await mkdir(join(outputs, 'b/c'), { recursive: true })
    await writeFile(join(outputs, 'b/c/deep.txt'), 'deep')
    await writeFile(join(outputs, 'a.txt'), '')
    await truncate(join(outputs, 'a.txt'), 2 ** 40)
    await chmod(join(outputs, 'b/c/deep.txt'), 0o4755)
    await link(join(outputs, 'a.txt'), join(outputs, 'twin'))
    await symlink('/etc', join(outputs, 'etc'))
    execFileSync('mkfifo', [join(outputs, 'fifo')])
    const listing = await store.list(`${folder}/outputs`, 1000)
    expect(listing.files).toEqual([
      { name: 'a.txt', bytes: 2 ** 40 },
      { name: 'b/c/deep.txt', bytes: 4 },
      { name: 'twin', bytes: 2 ** 40 },
    ])
    expect(listing.total).toBe(3)
    expect(listing.notes.join()).toContain('2 entries')
  })

  test('lists so many at most, counting the rest; a missing folder lists nothing', async () => {
    const store = await emptyStore()
    const { outputs, folder } = await store.makeAttempt(attempt)
    for (let i = 0; i < 20; i += 1) await writeFile(join(outputs, `f${i}`), '')
    expect(await store.list(`${folder}/outputs`, 5)).toMatchObject({ total: 20, files: { length: 5 } })
    expect(await store.list('runs/none', 5)).toEqual({ files: [], total: 0, notes: [] })
  })
})

describe('listing what nobody can look at', () => {
  test('passes it over, and lists the rest', async () => {
    const store = await emptyStore()
    const { outputs, folder } = await store.makeAttempt(attempt)
    makeDeep(outputs)
    const { files, total, notes } = await store.list(`${folder}/outputs`, 1000)
    expect(files.length).toBeGreaterThan(15)
    expect(files.length).toBeLessThan(21)
    expect(total).toBe(files.length)
    expect(notes.join()).toMatch(/^[12] entries .* passed over$/)
  })
})

describe('listing what was declared', () => {
  test('goes by rank, then by name, and leaves out what is not the model’s', async () => {
    const store = await emptyStore()
    const { outputs, folder } = await store.makeAttempt(attempt)
    await mkdir(join(outputs, 'given'))
    for (const name of ['a', 'b', 'given/x', 'in.nml', 'z', 'y']) await writeFile(join(outputs, name), '')
    const told: string[] = []
    const rank = (name: string) => {
      told.push(name)
      return name === 'z' ? 0 : 2
    }
    const leaveOut = new Set(['given', 'in.nml'])
    const listing = await store.list(`${folder}/outputs`, 2, { rank, leaveOut })
    expect(listing).toMatchObject({ files: [{ name: 'z' }, {}], total: 4, notes: [] })
    expect(await store.list(`${folder}/outputs`, 9, { rank, leaveOut })).toMatchObject({
      files: [{ name: 'z' }, { name: 'a' }, { name: 'b' }, { name: 'y' }],
    })
    expect(told.slice(0, 4).toSorted()).toEqual(['a', 'b', 'y', 'z'])
  })
})

describe('measuring', () => {
  test('counts what files claim to be, each entry at least 4 KiB, links not followed, other names once', async () => {
    const store = await emptyStore()
    const { outputs, folder } = await store.makeAttempt(attempt)
    await mkdir(join(outputs, 'd'))
    await writeFile(join(outputs, 'd/small'), 'x')
    await writeFile(join(outputs, 'sparse'), '')
    await truncate(join(outputs, 'sparse'), 2 ** 40)
    await link(join(outputs, 'sparse'), join(outputs, 'twin'))
    await symlink('/', join(outputs, 'root'))
    execFileSync('mkfifo', [join(outputs, 'fifo')])
    const blocks = 4 * 4096 // of d, small, root and fifo
    expect(await store.measure(`${folder}/outputs`, 60)).toEqual({ bytes: 2 ** 40 + blocks, isWhole: true })
    expect(await store.measure('runs/none', 60)).toEqual({ bytes: 0, isWhole: true })
  })

  test('counts what has a name that is no text, and what lies below one', async () => {
    const store = await emptyStore()
    const { outputs, folder } = await store.makeAttempt(attempt)
    const odd = (name: string) => Buffer.concat([Buffer.from(`${outputs}/`), Buffer.from(name, 'latin1')])
    await mkdir(odd('d\xFF'))
    for (const name of ['\xFE', 'd\xFF/x', 'd\xFF/\xFD']) await writeFile(odd(name), Buffer.alloc(2 ** 20))
    await writeFile(join(outputs, 'é'), Buffer.alloc(2 ** 20))
    const measured = await store.measure(`${folder}/outputs`, 60)
    expect(measured).toEqual({ bytes: 4 * 2 ** 20 + 4096, isWhole: true })
  })

  test('counts what is set aside beyond the end of a file', async () => {
    const store = await emptyStore()
    const { outputs, folder } = await store.makeAttempt(attempt)
    await writeFile(join(outputs, 'small'), 'x')
    execFileSync('fallocate', ['--keep-size', '--length', String(2 ** 23), join(outputs, 'small')])
    const measured = await store.measure(`${folder}/outputs`, 60)
    expect(measured.bytes).toBeGreaterThanOrEqual(2 ** 23)
  })

  test('says where something lies so deep that no path leads there', async () => {
    const store = await emptyStore()
    const { outputs, folder } = await store.makeAttempt(attempt)
    makeDeep(outputs)
    const { hidden } = await store.measure(`${folder}/outputs`, 60)
    expect(hidden).toMatch(/^0{200}(\/0{200})+$/)
  })

  test('says where a folder shows its names alone', async () => {
    const store = await emptyStore()
    const { outputs, folder } = await store.makeAttempt(attempt)
    await mkdir(join(outputs, 'a/b'), { recursive: true })
    await writeFile(join(outputs, 'a/b/x'), 'x')
    await chmod(join(outputs, 'a/b'), 0o444)
    await chmod(store.root, 0o755)
    // root sees everything
    const user = process.getuid?.()
    if (user === 0) process.seteuid?.(65_534)
    try {
      expect(await store.measure(`${folder}/outputs`, 60)).toMatchObject({ hidden: 'a/b' })
    } finally {
      if (user === 0) process.seteuid?.(0)
      await chmod(join(outputs, 'a/b'), 0o755)
    }
  })

  test('ends in time, and says that it is not all', async () => {
    const store = await emptyStore()
    const { outputs, folder } = await store.makeAttempt(attempt)
    for (let i = 0; i < 1100; i += 1) await writeFile(join(outputs, `f${i}`), '')
    expect(await store.measure(`${folder}/outputs`, 0)).toEqual({ bytes: 511 * 4096, isWhole: false })
  })
})

describe('hashing', () => {
  const mayGoOn = () => true

  test('reads regular files alone, and no more than it may', async () => {
    const store = await emptyStore()
    const { outputs, folder } = await store.makeAttempt(attempt)
    const content = randomBytes(700_000)
    await writeFile(join(outputs, 'x'), content)
    const sha256 = createHash('sha256').update(content).digest('hex')
    const path = `${folder}/outputs/x`
    expect(await store.hash(path, { most: 700_000, mayGoOn })).toBe(sha256)
    expect(await store.hash(path, { most: 699_999, mayGoOn })).toBeUndefined()
    let parts = 0
    expect(await store.hash(path, { most: 700_000, mayGoOn: () => (parts += 1) < 3 })).toBeUndefined()
    await symlink('/etc/passwd', join(outputs, 'link'))
    await expect(store.hash(`${folder}/outputs/link`, { most: 1e6, mayGoOn })).rejects.toMatchObject({
      code: 'not_a_file',
    })
  })
})

describe('content', () => {
  const HELLO = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824'

  test('is found under its hash, and putting it again changes nothing', async () => {
    const store = await emptyStore()
    for (const chunks of [['hello'], ['he', 'llo']])
      expect(await store.put(bytes(...chunks), { limit: 5 })).toEqual({ sha256: HELLO, bytes: 5 })
    expect(await text((await store.read(store.contentPath(HELLO))).stream)).toBe('hello')
    expect((await store.list('files/sha256', 10)).total).toBe(1)
  })

  test('too large, of another hash, or cut off leaves nothing behind', async () => {
    const store = await emptyStore()
    await expect(store.put(bytes('hello'), { limit: 4 })).rejects.toMatchObject({ code: 'too_large' })
    await expect(store.put(bytes('hallo'), { limit: 9, sha256: HELLO })).rejects.toMatchObject({
      code: 'mismatch',
    })
    await expect(store.put(cut(), { limit: 99 })).rejects.toThrow('cut off')
    expect((await store.list('files', 10)).total).toBe(0)
  })
})

test("a run's record is replaced whole, and stands beside its attempts", async () => {
  const store = await emptyStore()
  await store.writeRun({ id: attempt.run }, { v: 1, state: 'running' })
  await store.writeRun({ id: attempt.run }, { v: 1, state: 'succeeded' })
  const { stream } = await store.read(`runs/${attempt.run}/run.json`)
  expect(JSON.parse(await text(stream))).toEqual({ v: 1, state: 'succeeded' })
  expect((await store.list(`runs/${attempt.run}`, 10)).files).toHaveLength(1)
  const member = {
    id: 'e01arz3ndektsv4rrffq69g5fav-2048',
    ensemble: 'e01arz3ndektsv4rrffq69g5fav',
    index: 2048,
  }
  await store.writeRun(member, { v: 1 })
  await store
    .read(`ensembles/${member.ensemble}/2/2048/run.json`)
    .then(({ stream: found }) => found.destroy())
})
