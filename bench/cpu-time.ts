/** CPU time as Linux counts it, in milliseconds since something began: what a load on the machine does not change. */
import { readdir, readFile, readlink } from 'node:fs/promises'

/** The kernel's clock tick (USER_HZ), which is 100 a second wherever Node runs. */
const MS_PER_TICK = 10

/** Of a process with all its threads, and of its children that have ended. */
export async function ofProcess(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // the name in brackets may hold blanks
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * MS_PER_TICK
}

/** Of the whole machine. */
export async function ofMachine(): Promise<number> {
  const [first = ''] = (await readFile('/proc/stat', 'utf8')).split('\n')
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = first.split(/\s+/).slice(1).map(Number)
  return (user + nice + system + irq + softirq) * MS_PER_TICK
}

/** The children of a process that live now. */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.split(' ').filter(Boolean).map(Number)
}

/** The process of this machine that listens on a port of loopback. */
export async function listenerOn(port: number): Promise<number> {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8')))
  const inodes = new Set(
    tables.flatMap((table) =>
      table
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter((fields) => fields[1]?.endsWith(local) && fields[3] === '0A')
        .map((fields) => `socket:[${fields[9]}]`),
    ),
  )
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const open = await readdir(`/proc/${pid}/fd`).catch(() => [])
    for (const fd of open)
      if (inodes.has(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''))) return Number(pid)
  }
  throw new Error(`nothing of this machine listens on port ${port}, or we may not see it: be root`)
}
