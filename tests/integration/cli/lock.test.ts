/** The lock of a state folder, on a real file system. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { takeLock } from '../../../apps/cli/src/stack/lock.ts'

let folder: string
let path: string
const quietly = () => {}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carya-lock-'))
  path = join(folder, 'lock')
})

afterEach(() => rm(folder, { recursive: true }))

test('one holds it at a time, and who waits is told for whom', async () => {
  let holding = 0
  const told: number[] = []
  const turn = async () => {
    await using stack = new AsyncDisposableStack()
    stack.use(await takeLock(path, (pid) => told.push(pid)))
    holding += 1
    expect(holding).toBe(1)
    await new Promise((resolve) => setImmediate(resolve))
    holding -= 1
  }
  await Promise.all(Array.from({ length: 8 }, turn))
  expect(new Set(told)).toEqual(new Set([process.pid]))
  expect(await readdir(folder)).toEqual([])
})

test('a holder that has died is no holder', async () => {
  const child = spawn('true')
  await once(child, 'close')
  await writeFile(path, JSON.stringify({ pid: child.pid, started: '1' }))
  const lock = await takeLock(path, quietly)
  await lock[Symbol.asyncDispose]()
  expect(await readdir(folder)).toEqual([])
})

test('nor is another process that has got its number', async () => {
  await writeFile(path, JSON.stringify({ pid: process.pid, started: 'long ago' }))
  const lock = await takeLock(path, quietly)
  await lock[Symbol.asyncDispose]()
  expect(await readdir(folder)).toEqual([])
})
