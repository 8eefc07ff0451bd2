import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { OutputsReader } from './outputs.ts'

test('a reader that cannot be started is started again', async () => {
  const root = await mkdtemp(join(tmpdir(), 'carya-outputs-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  const { execPath } = process
  onTestFinished(() => void (process.execPath = execPath))
  const failed = Promise.withResolvers<void>()
  const log = { warn: (fields: object) => 'err' in fields && failed.resolve() }
  process.execPath = join(root, 'nothing')
  using reader = new OutputsReader({ root, deadlineMs: 60_000, log })
  const space = reader.space()
  await failed.promise
  process.execPath = execPath
  expect(await space).toMatchObject({ size: expect.any(Number) })
  expect(await reader.space()).toMatchObject({ size: expect.any(Number) })
})
