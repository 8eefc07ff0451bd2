/**
 * Starting Docker Engine on a machine that has none running, with live-restore on, so that a restart of the engine
 * does not end running models. Through systemd where it runs; else as a process of its own, whose log and pid are in
 * the state folder.
 */
import { spawn } from 'node:child_process'
import { open, readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { startStep } from '../terminal/progress.ts'
import { askEngine, type Docker } from './engine.ts'
import type { Home } from './home.ts'
import { lastLines, runProgram } from './run-program.ts'
import { systemCode } from './error-code.ts'

const CONFIG = '/etc/docker/daemon.json'
const START_MS = 60_000
const STOP_MS = 30_000
const LOOK_MS = 200

/** Starts the engine and waits until it answers. */
export async function startEngine(home: Home, docker: Docker): Promise<void> {
  const systemd = await runsSystemd()
  const step = startStep(`starting Docker Engine (${systemd ? 'systemd' : `log: ${home.engineLog}`})`)
  if (systemd) await startBySystemd()
  else await startDetached(home)
  const deadline = Date.now() + START_MS
  while ('unreachable' in (await askEngine(docker))) {
    if (Date.now() > deadline) {
      step.fail()
      throw new CommandFailure(exitCodes.failed, {
        title: `Docker Engine did not answer within ${START_MS / 1000} s.`,
        detail: lastLines(await readFile(home.engineLog, 'utf8').catch(() => ''), 8).join('\n'),
      })
    }
    await sleep(LOOK_MS)
  }
  step.done('started Docker Engine, live-restore on')
}

/** Stops the engine that `startEngine` started, with its containers; waits until it has gone. */
export async function stopEngine(home: Home): Promise<void> {
  if (await runsSystemd()) {
    await runProgram('systemctl', ['stop', 'docker.socket', 'docker.service'])
    return
  }
  const pid = await enginePid(home)
  if (pid === undefined) return
  // once: the engine takes a third one as an order to leave everything as it is
  let there = signal(pid, 'SIGTERM')
  const deadline = Date.now() + STOP_MS
  while (there && Date.now() < deadline) {
    await sleep(LOOK_MS)
    there = signal(pid, 0)
  }
  await rm(home.engine, { force: true })
}

const runsSystemd = async (): Promise<boolean> =>
  (await readFile('/proc/1/comm', 'utf8').catch(() => '')).trim() === 'systemd'

/** An existing configuration is the operator's: it is left as it is. */
async function startBySystemd(): Promise<void> {
  await writeFile(CONFIG, `${JSON.stringify({ 'live-restore': true }, null, 2)}\n`, { flag: 'wx' }).catch(
    (error: unknown) => {
      if (systemCode(error) !== 'EEXIST') throw error
    },
  )
  await runProgram('systemctl', ['enable', '--now', 'docker.service'])
  await runProgram('systemctl', ['reload', 'docker.service'])
}

async function startDetached(home: Home): Promise<void> {
  const log = await open(home.engineLog, 'a', 0o600)
  const child = spawn('dockerd', ['--live-restore'], { detached: true, stdio: ['ignore', log.fd, log.fd] })
  child.once('error', () => {})
  child.unref()
  await log.close()
  await writeFile(home.engine, JSON.stringify({ pid: child.pid }), { mode: 0o600 })
}

/** Whether there was such a process to signal; 0 only asks. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name)
    return true
  } catch {
    return false
  }
}

async function enginePid(home: Home): Promise<number | undefined> {
  try {
    const { pid }: { pid: number } = JSON.parse(await readFile(home.engine, 'utf8'))
    return pid
  } catch {
    return undefined
  }
}
