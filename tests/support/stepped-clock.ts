/**
 * A clock that a test steps, for the processes that are given it: libfaketime, with the monotonic clock left alone, as
 * it is when a host's clock is set.
 */
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type SteppedClock = AsyncDisposable & {
  /** what a process must have in its environment */
  env: Record<string, string>
  /** Sets it so many seconds before or behind the real time; noticed within a second. */
  set(seconds: number): Promise<void>
}

const LIBRARY = 'faketime/libfaketimeMT.so.1'

export async function steppedClock(seconds = 0): Promise<SteppedClock> {
  const library = await findLibrary()
  const folder = await mkdtemp(join(tmpdir(), 'carya-clock-'))
  const file = join(folder, 'offset')
  const set = async (offset: number) => {
    await writeFile(`${file}.new`, `${offset < 0 ? '' : '+'}${offset}s\n`)
    await rename(`${file}.new`, file)
  }
  await set(seconds)
  return {
    env: {
      LD_PRELOAD: join(library, LIBRARY),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    set,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

/** The folder of this machine's libraries that has it. */
async function findLibrary(): Promise<string> {
  const roots = (await readdir('/usr/lib')).filter((name) => name.endsWith('-linux-gnu'))
  for (const root of roots) {
    const found = await readdir(join('/usr/lib', root, 'faketime')).catch(() => [])
    if (found.length > 0) return join('/usr/lib', root)
  }
  throw new Error("libfaketime is not there: Debian's package faketime has it")
}
