/** A file system of a test's own, in a file: it can be full, and it can hang, and nobody else notices. Linux, as root. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chown, mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestContext } from 'vitest'

const run = promisify(execFile)
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
const env = { PATH }

export type LoopStore = AsyncDisposable & {
  path: string
  /** From now on every write waits. */
  freeze(): Promise<void>
  thaw(): Promise<void>
}

/** For tests that need one: where there can be none they are not run, and listed with the reason. */
export function needLoop({ skip }: Pick<TestContext, 'skip'>): void {
  const hindrance = whyNoLoop()
  skip(hindrance !== undefined, hindrance)
}

/** Why there can be none here; undefined where there can. */
function whyNoLoop(): string | undefined {
  if (process.platform !== 'linux') return 'file systems in files are mounted on Linux only'
  if (process.getuid?.() !== 0) return 'only root mounts file systems'
  const missing = ['mkfs.ext4', 'mount', 'umount', 'fsfreeze'].find(
    (program) => !PATH.split(':').some((folder) => existsSync(join(folder, program))),
  )
  if (missing) return `a file system of a test’s own needs the program ${missing}, which is not installed`
  return existsSync('/dev/loop-control') ? undefined : 'there are no loop devices'
}

export async function mountLoop(bytes: number): Promise<LoopStore> {
  const folder = await mkdtemp(join(tmpdir(), 'carya-loop-'))
  await using undo = new AsyncDisposableStack()
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'disk')
  const path = join(folder, 'store')
  await writeFile(file, '')
  await truncate(file, bytes)
  await mkdir(path)
  await run('mkfs.ext4', ['-q', '-F', '-m', '0', '-O', '^has_journal', '-N', '200000', file], { env })
  await run('mount', ['-o', 'loop', file, path], { env })
  let isFrozen = false
  const thaw = async () => {
    if (!isFrozen) return
    await run('fsfreeze', ['--unfreeze', path], { env })
    isFrozen = false
  }
  // lazily: a container's namespace may still have it
  undo.defer(async () => void (await run('umount', ['--lazy', path], { env })))
  undo.defer(thaw)
  await rm(join(path, 'lost+found'), { recursive: true })
  await chown(path, 10_001, 10_001)
  const kept = undo.move()
  return {
    path,
    thaw,
    async freeze() {
      await run('fsfreeze', ['--freeze', path], { env })
      isFrozen = true
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
