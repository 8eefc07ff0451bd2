/**
 * One command at a time changes a state folder. The lock is a file that names its holder's process; a holder that has
 * died (told by pid and start time, so that a reused pid is no holder) is replaced.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemCode } from './error-code.ts'

type Holder = { pid: number; started: string }

const LOOK_AGAIN_MS = 200

/** Waits for the lock; `onWait` is called once, with the holder's pid, if that takes time. Dispose to release. */
export async function takeLock(path: string, onWait: (pid: number) => void): Promise<AsyncDisposable> {
  const mine: Holder = { pid: process.pid, started: await startTime(process.pid) }
  let told = false
  while (!(await tryTake(path, mine))) {
    const holder = await readHolder(path)
    if (holder && (await isAlive(holder))) {
      if (!told) onWait(holder.pid)
      told = true
      await sleep(LOOK_AGAIN_MS)
    } else if (holder) {
      await removeStale(path, holder)
    }
  }
  return { [Symbol.asyncDispose]: () => rm(path, { force: true }) }
}

async function tryTake(path: string, holder: Holder): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(holder), { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}

/** The holder, or nothing if the lock has just gone. A file still being written counts as held by a living process. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const text = await readFile(path, 'utf8')
    const holder: Holder = text === '' ? { pid: process.pid, started: '' } : JSON.parse(text)
    return holder
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

async function isAlive({ pid, started }: Holder): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return false
  }
  return started === '' || started === (await startTime(pid))
}

/** Moves the dead holder's file aside; if another command took the lock meanwhile, its file is put back. */
async function removeStale(path: string, dead: Holder): Promise<void> {
  const aside = `${path}.${process.pid}.stale`
  try {
    await rename(path, aside)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return
    throw error
  }
  const moved = await readFile(aside, 'utf8')
  if (moved !== JSON.stringify(dead)) await writeFile(path, moved, { flag: 'wx', mode: 0o600 })
  await rm(aside, { force: true })
}

/** When the process was started, in the kernel's clock ticks; empty where there is no /proc. */
async function startTime(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
