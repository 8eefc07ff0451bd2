/** Logs that cannot be read to their end, and are read again: what the engine gives is played, the files are real. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openLogs } from '../../../services/worker/src/host/logs.ts'
import type { LogOptions } from '../../../services/worker/src/ports.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carya-logs-'))
  path = join(folder, 'log.txt')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** An engine whose log of a container is this; who follows it hears so many bytes, and then the stream breaks. */
function playing(said: string, { heard = said.length, isBroken = true } = {}) {
  async function* log(_id: string, { follow, lastLines }: LogOptions) {
    if (follow) {
      if (heard > 0) yield Buffer.from(said.slice(0, heard))
      if (isBroken) throw new Error('the stream broke')
    } else if (said !== '') {
      const last =
        lastLines === undefined
          ? said
          : said
              .split('\n')
              .slice(-lastLines - 1)
              .join('\n')
      yield Buffer.from(last)
    }
  }
  return openLogs({ log }, 2 ** 20)
}

async function kept(logs: ReturnType<typeof playing>) {
  const live = logs.follow('c', path, () => {})
  const { tail, notes } = await logs.keep('c', path, live)
  return { tail, notes, file: await readFile(path, 'utf8') }
}

const TICKS = 'tick\n'.repeat(100)

test.each([
  ['before anything was read', 'one\ntwo\n', 0],
  ['where what was read looks like the end', TICKS, 200],
])('a log whose stream broke %s is kept whole', async (_where, said, heard) => {
  const wanted = { tail: said, notes: [], file: said }
  expect(await kept(playing(said, { heard }))).toEqual(wanted)
  // as after a restart of the worker: the file is there already
  expect(await kept(playing(said, { heard }))).toEqual(wanted)
})

test('a log whose stream ended too early is kept whole', async () => {
  const said = 'one\ntwo\n'
  const wanted = { tail: said, notes: [], file: said }
  expect(await kept(playing(said, { heard: 0, isBroken: false }))).toEqual(wanted)
})

test('a log that the engine has lost does not erase what was kept of it', async () => {
  await writeFile(path, 'one\n')
  expect(await kept(playing(''))).toEqual({ tail: '', notes: [], file: 'one\n' })
})

test('of a log whose oldest is gone the end is kept, also where all of it looks alike', async () => {
  async function* log(_id: string, { follow, lastLines }: LogOptions) {
    if (follow) yield Buffer.from('x'.repeat(5000))
    else yield Buffer.from(`${'x'.repeat(lastLines === undefined ? 3000 : 100)}the end`)
  }
  const logs = openLogs({ log }, 2 ** 20)
  const { tail, file, notes } = await kept(logs)
  expect(tail.endsWith('xthe end')).toBe(true)
  expect(file).toBe(
    `${'x'.repeat(5000)}\n[carya: some is missing here, or comes twice]\n${'x'.repeat(3000)}the end`,
  )
  expect(notes).toEqual(['log.txt has a gap: the engine had dropped what was not read in time'])
})
