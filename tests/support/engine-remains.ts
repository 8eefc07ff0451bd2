/**
 * What an engine of a test's own has on this machine besides its folder: processes, mounts and control groups. Found
 * by the engine's folder and by its control group, whose names no other engine has, so that nothing else is touched.
 * Linux only.
 */
import { until } from './until.ts'
import { execFile } from 'node:child_process'
import { readdir, readFile, rmdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { promisify } from 'node:util'

/** All of one engine's things lie in the folder; its containers' processes are in the control group. */
export type Whereabouts = { folder: string; group: string }

/** An engine's daemons; its shims and whatever starts containers. */
const DAEMONS = [/^dockerd$/, /^containerd$/]
const STARTERS = [/^runc$/, /^containerd-shim/]

/** What a busy machine may take for it, in milliseconds. */
export const SLOW_MS = 90_000

/** Kills the engine and all processes in its containers at once, as a power cut would; resolves when all are dead. */
export async function killAll(engine: Whereabouts): Promise<void> {
  await until(
    `all processes of ${engine.folder} are dead`,
    async () => {
      // who could tell of another's end dies before it
      const alive = [...(await programsOf(engine, [...DAEMONS, ...STARTERS])), ...(await containedIn(engine))]
      for (const pid of alive) kill(pid)
      return alive.length === 0
    },
    SLOW_MS,
  )
}

/** Resolves when the engine's daemons have ended; its containers and their shims may live. */
export async function daemonsGone(engine: Whereabouts): Promise<void> {
  await until(
    `the engine in ${engine.folder} has ended`,
    async () => (await programsOf(engine, DAEMONS)).length === 0,
    SLOW_MS,
  )
}

/** In the order of the names. One that is dead and not yet waited for by its parent is none. */
async function programsOf({ folder }: Whereabouts, names: RegExp[]): Promise<number[]> {
  const found: { pid: number; rank: number }[] = []
  for (const pid of await pids()) {
    // empty of a dead one
    const line = await textOf(`/proc/${pid}/cmdline`)
    const program = basename(line.split('\0', 1)[0] ?? '')
    const rank = names.findIndex((name) => name.test(program))
    if (rank >= 0 && line.includes(`${folder}/`)) found.push({ pid, rank })
  }
  return found.toSorted((one, other) => one.rank - other.rank).map(({ pid }) => pid)
}

async function containedIn({ group }: Whereabouts): Promise<number[]> {
  const found: number[] = []
  for (const pid of await pids()) {
    const isInside = (await textOf(`/proc/${pid}/cgroup`)).includes(`/${group}/`)
    if (isInside && !(await isZombie(pid))) found.push(pid)
  }
  return found
}

/** Detaches every mount beneath the folder. */
export async function unmountAll({ folder }: Whereabouts): Promise<void> {
  await until(
    `nothing is mounted beneath ${folder}`,
    async () => {
      const points = (await mounts())
        .map(({ point }) => point)
        .filter((point) => point.startsWith(`${folder}/`))
      if (points.length === 0) return true
      // the last made first; one that is gone already fails, and the next look tells
      await promisify(execFile)('umount', ['--lazy', ...points.toReversed()]).catch(() => undefined)
      return false
    },
    SLOW_MS,
  )
}

/** Removes its control groups, which an engine leaves where they are. */
export async function removeGroups({ group }: Whereabouts): Promise<void> {
  for (const { type, point } of await mounts()) {
    if (type !== 'cgroup' && type !== 'cgroup2') continue
    const top = `${point}/${group}`
    const inside = await readdir(top).catch(() => [])
    // busy while a dead process has not been waited for
    for (const name of inside)
      await until(`${top}/${name} is removed`, () => removeGroup(`${top}/${name}`), SLOW_MS)
    await until(`${top} is removed`, () => removeGroup(top), SLOW_MS)
  }
}

async function removeGroup(path: string): Promise<boolean> {
  return rmdir(path).then(
    () => true,
    // files of the kernel's interface are no folders, and go with theirs
    ({ code }: NodeJS.ErrnoException) => code === 'ENOENT' || code === 'ENOTDIR',
  )
}

async function mounts(): Promise<{ point: string; type: string }[]> {
  const table = await readFile('/proc/self/mountinfo', 'utf8')
  return table
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const escaped = line.split(' ')[4] ?? ''
      const point = escaped.replaceAll(/\\(\d{3})/g, (_, octal: string) =>
        String.fromCodePoint(Number.parseInt(octal, 8)),
      )
      return { point, type: line.split(' - ')[1]?.split(' ')[0] ?? '' }
    })
}

async function pids(): Promise<number[]> {
  const names = await readdir('/proc')
  return names.map(Number).filter((pid) => Number.isInteger(pid) && pid !== process.pid)
}

async function isZombie(pid: number): Promise<boolean> {
  return /\) Z /.test(await textOf(`/proc/${pid}/stat`))
}

/** Empty where the process has gone meanwhile. */
function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '')
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // gone meanwhile
  }
}
