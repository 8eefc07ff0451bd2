/**
 * A container engine of a test's own, that stands for another host or may be stopped and killed at will: a second
 * dockerd beside the shared one, with a network namespace, control group and folder of its own. A worker is pointed
 * to it with CARYA_DOCKER_SOCKET. It has no bridge: containers have no network, or the host's. What a killed test
 * run left of its engines, the next one removes.
 */
import {
  daemonsGone,
  killAll,
  removeGroups,
  SLOW_MS,
  unmountAll,
  type Whereabouts,
} from './engine-remains.ts'
import { engine } from './engine.ts'
import { until } from './until.ts'
import Docker from 'dockerode'
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'vitest'

export type OwnEngine = AsyncDisposable & {
  /** path of its API's socket */
  socket: string
  docker: Docker
  /** brings an image over from the shared engine; it keeps its tag, and its id is the same on both */
  load(image: string): Promise<void>
  /** ends the engine alone, and waits until it has ended; what its containers make of it: `liveRestore` */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** starts it again on what it had, and waits until it answers */
  start(): Promise<void>
  /** kills the engine and every process in its containers at once, as a power cut; `start` is the next boot */
  killHost(): Promise<void>
}

const PREFIX = 'carya-engine-'
const PATH = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`

/** For tests that need one: where none can be started they are not run, and listed with the reason. */
export function needEngine({ skip }: Pick<TestContext, 'skip'>): void {
  const hindrance = whyNoEngine()
  skip(hindrance !== undefined, hindrance)
}

/** Why none can be started here; undefined where one can. */
function whyNoEngine(): string | undefined {
  if (process.platform !== 'linux') return 'an engine of a test’s own runs on Linux only'
  if (process.getuid?.() !== 0) return 'an engine of a test’s own can be started by root only'
  const missing = ['dockerd', 'unshare', 'umount'].find(
    (program) => !PATH.split(':').some((folder) => existsSync(join(folder, program))),
  )
  if (missing) return `an engine of a test’s own needs the program ${missing}, which is not installed`
  return undefined
}

/** Resolves when it answers. With `liveRestore` its containers go on when it is stopped or killed alone. */
export async function startEngine({ liveRestore = false } = {}): Promise<OwnEngine> {
  const hindrance = whyNoEngine()
  if (hindrance) throw new Error(hindrance)
  await removeAbandoned()
  const group = `${PREFIX}${process.pid}-${randomBytes(4).toString('hex')}`
  const where: Whereabouts = { group, folder: join(tmpdir(), group) }
  const { folder } = where
  const socket = join(folder, 'docker.sock')
  const docker = new Docker({ socketPath: socket })
  await using undo = new AsyncDisposableStack()
  undo.defer(() => removeEngine(where))
  await mkdir(folder)
  // the shared engine's settings are not this one's
  await writeFile(join(folder, 'daemon.json'), '{}')
  let daemon: ChildProcess | undefined

  async function start(): Promise<void> {
    if (daemon) throw new Error(`the engine in ${folder} runs already`)
    // a dead one's pid may be another's by now, or a process that still waits for its parent
    for (const file of ['pid', 'exec/containerd/containerd.pid'])
      await rm(join(folder, file), { force: true })
    const started = await spawnDaemon(where, liveRestore)
    daemon = started
    await until(
      `the engine in ${folder} answers`,
      async () => {
        if (started.exitCode !== null || started.signalCode !== null)
          throw new Error(`dockerd ended:\n${await readFile(join(folder, 'log'), 'utf8')}`)
        return docker.ping().catch(() => false)
      },
      SLOW_MS,
    )
  }

  async function ended(): Promise<void> {
    if (daemon?.exitCode === null && daemon.signalCode === null) await once(daemon, 'exit')
    daemon = undefined
    // containerd dies with its dockerd, but a little later
    await daemonsGone(where)
  }

  await start()
  const kept = undo.move()
  return {
    socket,
    docker,
    start,
    async load(image) {
      const answer = await docker.loadImage(await engine().getImage(image).get())
      let said = ''
      for await (const chunk of answer) said += String(chunk)
      if (/"error"/.test(said)) throw new Error(`${image} was not loaded: ${said}`)
    },
    async stop(signal) {
      daemon?.kill(signal)
      await ended()
    },
    async killHost() {
      await killAll(where)
      await ended()
      await unmountAll(where)
      // a host has this in memory
      await rm(join(folder, 'exec'), { recursive: true, force: true })
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

async function spawnDaemon({ folder, group }: Whereabouts, liveRestore: boolean): Promise<ChildProcess> {
  const at = (name: string) => join(folder, name)
  const options = {
    'config-file': at('daemon.json'),
    'data-root': at('data'),
    'exec-root': at('exec'),
    pidfile: at('pid'),
    host: `unix://${at('docker.sock')}`,
    'cgroup-parent': `/${group}`,
    'exec-opt': 'native.cgroupdriver=cgroupfs',
    // in the network namespace of its own; with a bridge it would still need the host's firewall
    bridge: 'none',
    iptables: 'false',
    'ip-forward': 'false',
    'live-restore': String(liveRestore),
  }
  const given = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
  const log = await open(at('log'), 'a')
  try {
    const stdio: ['ignore', number, number] = ['ignore', log.fd, log.fd]
    // in a session of its own, so that Ctrl-C reaches the test first
    const daemon = spawn('unshare', ['--net', 'dockerd', ...given], { env: { PATH }, stdio, detached: true })
    await once(daemon, 'spawn')
    return daemon
  } finally {
    await log.close()
  }
}

async function removeEngine(where: Whereabouts): Promise<void> {
  await killAll(where)
  await unmountAll(where)
  await removeGroups(where)
  await rm(where.folder, { recursive: true, force: true })
}

/** Of test runs that were killed: the folder's name tells whose it was. */
async function removeAbandoned(): Promise<void> {
  for (const group of await readdir(tmpdir())) {
    const [, owner] = new RegExp(`^${PREFIX}(\\d+)-`).exec(group) ?? []
    if (owner !== undefined && !existsSync(`/proc/${owner}`))
      await removeEngine({ group, folder: join(tmpdir(), group) })
  }
}
