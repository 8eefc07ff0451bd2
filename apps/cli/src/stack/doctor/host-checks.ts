/** The host: room on its disk and in its memory, and the ports. */
import { statfs } from 'node:fs/promises'
import { freemem } from 'node:os'
import type { Docker, EngineInfo } from '../engine.ts'
import type { Home } from '../home.ts'
import { type Installation, projectName } from '../installation.ts'
import { readParts } from '../parts.ts'
import { howToMend, isThere } from '../listen.ts'
import { canListen, defaultPorts } from '../ports.ts'
import { bytesText } from '../../terminal/text.ts'
import { storePath } from '../store-folder.ts'
import { type Check, missing, ok, warning } from './check.ts'

const DISK_BYTES = 5 * 2 ** 30
const MEMORY_BYTES = 2 ** 30

export async function checkHost(
  home: Home,
  installation: Installation | undefined,
  engine: { docker: Docker; info: EngineInfo } | undefined,
  env: NodeJS.ProcessEnv,
): Promise<Check[]> {
  const folders = {
    'disk of the store': storePath(home, installation, env),
    'disk of the engine': engine?.info.dataRoot,
  }
  const disks = await Promise.all(
    Object.entries(folders).map(async ([name, path]) => (path ? checkDisk(name, path) : undefined)),
  )
  return [
    ...disks.filter((check) => check !== undefined),
    checkMemory(),
    await checkPorts(installation, engine?.docker),
    ...checkListen(installation?.listen),
  ]
}

/** The nearest folder above that exists stands for one that is yet to be made. */
async function checkDisk(name: string, path: string): Promise<Check | undefined> {
  for (let at = path; ; at = at.slice(0, at.lastIndexOf('/')) || '/') {
    try {
      const { bavail, bsize } = await statfs(at)
      const free = `${bytesText(bavail * bsize)} free at ${at}`
      if (bavail * bsize >= DISK_BYTES) return ok(name, free)
      return warning(
        name,
        free,
        `Below 1 GiB the broker takes no more messages; make room to ${bytesText(DISK_BYTES)}.`,
      )
    } catch {
      // an engine in a virtual machine keeps its data where we cannot look
      if (at === '/') return undefined
    }
  }
}

function checkMemory(): Check {
  const free = freemem()
  if (free >= MEMORY_BYTES) return ok('memory', `${bytesText(free)} free`)
  return warning(
    'memory',
    `${bytesText(free)} free`,
    `The stack alone needs about 500 MiB, a run 256 MiB by default.`,
  )
}

async function checkPorts(
  installation: Installation | undefined,
  docker: Docker | undefined,
): Promise<Check> {
  const { amqp, http } = installation?.ports ?? defaultPorts
  const parts = installation && docker ? await readParts(docker, projectName(installation)) : []
  const ours = new Set(parts.flatMap(({ ports }) => ports ?? []))
  const taken = []
  for (const port of [amqp, http]) if (!ours.has(port) && !(await canListen(port))) taken.push(port)
  if (taken.length === 0) return ok('ports', `${amqp} (AMQP) and ${http} (HTTP) on 127.0.0.1`)
  return warning(
    'ports',
    `${taken.join(' and ')} in use by something else`,
    'carya up takes another port and says so.',
  )
}

function checkListen(listen: string | undefined): Check[] {
  if (listen === undefined) return []
  if (isThere(listen)) return [ok('listen', `the broker listens on ${listen} for workers on other hosts`)]
  return [
    missing(
      'listen',
      `the broker is to listen on ${listen}, which this machine does not have`,
      howToMend(listen),
    ),
  ]
}
