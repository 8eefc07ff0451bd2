import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CommandFailure } from '../terminal/failure.ts'
import { homeAt } from './home.ts'
import { givenPolicy, policyPath, writePolicy } from './policy.ts'

const TEXT = 'models:\n  pond: { network: outbound }\n'
const reader = { uid: 10_001, gid: 10_001 }
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carya-policy-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('what is given is checked before anything is kept', async () => {
  const file = join(folder, 'policy.yaml')
  await writeFile(file, TEXT)
  expect(await givenPolicy(file)).toEqual({ text: TEXT })
  expect(await givenPolicy('none')).toEqual({ text: undefined })
  await writeFile(file, 'models:\n  pond: { privileged: true }\n')
  const failure = await givenPolicy(file).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(CommandFailure)
  expect(JSON.stringify(failure)).toContain(`${file}:2:11`)
  await expect(givenPolicy(join(folder, 'missing'))).rejects.toThrow(CommandFailure)
})

test('the worker finds the one that is kept, and no other', async () => {
  const home = homeAt(folder)
  const place = join(home.secrets, 'worker')
  await mkdir(place, { recursive: true })
  await writeFile(join(place, 'amqp-url'), 'x')
  await writePolicy(home, 'models: {}', reader)
  await writePolicy(home, TEXT, reader)
  const name = policyPath(TEXT).replace('/run/carya/', '')
  expect((await readdir(place)).toSorted()).toEqual(['amqp-url', name])
  expect(await readFile(join(place, name), 'utf8')).toBe(TEXT)
  await writePolicy(home, undefined, reader)
  expect(await readdir(place)).toEqual(['amqp-url'])
})
