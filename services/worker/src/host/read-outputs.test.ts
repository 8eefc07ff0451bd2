import { openStore } from '@carya/store'
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readOutputs } from './read-outputs.ts'

const limit = { bytes: 2 ** 30, isAsked: false }

/** Reads as one for whom closed files are closed: root sees everything. */
async function asNobody<T>(read: () => Promise<T>): Promise<T> {
  const user = process.getuid?.()
  if (user === 0) process.seteuid?.(65_534)
  try {
    return await read()
  } finally {
    if (user === 0) process.seteuid?.(0)
  }
}

async function outputsOf(files: Record<string, string>) {
  const root = await mkdtemp(join(tmpdir(), 'carya-outputs-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  await chmod(root, 0o755)
  const path = join(root, 'runs/r/1-n/outputs')
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(path, name, '..'), { recursive: true })
    await writeFile(join(path, name), content)
  }
  return { store: await openStore(root), folder: 'runs/r/1-n', path }
}

test('files that nobody may read cost no other its place in the list, nor its metrics', async () => {
  const { store, folder, path } = await outputsOf({ 'a.csv': 'x\n1\n2\n', 'b.csv': 'x\n3\n', 'd/x': '' })
  await chmod(join(path, 'b.csv'), 0)
  await chmod(join(path, 'd'), 0o444)
  const metrics = {
    a: { output: 'a.csv', column: 'x', take: 'last' },
    b: { output: 'b.csv', column: 'x', take: 'last' },
  } as const
  const asked = { leaveOut: [], limit, outputs: { 'a.csv': {}, 'b.csv': {} }, metrics }
  const found = await asNobody(() => readOutputs(store, folder, asked))
  await chmod(join(path, 'd'), 0o755)
  expect(found).toMatchObject({
    outputs: [
      { name: 'a.csv', sha256: expect.any(String) },
      { name: 'b.csv', bytes: 4 },
    ],
    total: 2,
    metrics: { a: 2 },
    problem: 'metric b, from b.csv: its maker lets nobody read it',
  })
  expect(found.notes[0]).toContain('1 entries')
})

test('a metrics.json that nobody may read is a problem in words', async () => {
  const { store, folder, path } = await outputsOf({ 'metrics.json': '{}', a: '' })
  await chmod(join(path, 'metrics.json'), 0)
  const found = await asNobody(() => readOutputs(store, folder, { leaveOut: [], limit }))
  expect(found).toMatchObject({ total: 2, problem: 'metrics.json cannot be read: its maker lets nobody' })
})

test('what the list passes over, and what is set aside beyond the end of a file, counts in the end', async () => {
  const most = { bytes: 2 ** 22, isAsked: true }
  const deep = await outputsOf({ [`${'d/'.repeat(40)}x`]: 'x'.repeat(2 ** 22), a: 'x' })
  const aside = await outputsOf({ a: 'x' })
  execFileSync('fallocate', ['--keep-size', '--length', String(2 ** 23), join(aside.path, 'a')])
  for (const { store, folder } of [deep, aside]) {
    const found = await readOutputs(store, folder, { leaveOut: [], limit: most })
    expect(found).toMatchObject({ total: 1, problem: expect.stringMatching(/^wrote .*, 4 MiB was asked$/) })
  }
})
