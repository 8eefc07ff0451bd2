/** Packages of Debian and Ubuntu, installed only where we are root, and always with a line that says so. */
import { readFile } from 'node:fs/promises'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { startStep } from '../terminal/progress.ts'
import { findCompose } from './compose.ts'
import { isOnPath, lastLines, runProgram } from './run-program.ts'

export type Need = 'dockerd' | 'compose' | 'debootstrap'

const ELSEWHERE = [
  'Install Docker Engine 20.10 or newer with compose: https://docs.docker.com/engine/install/',
  'CARYA_DOCKER_SOCKET names the socket of another engine (rootless Docker, Podman, Colima).',
]

/** Whether `/etc/os-release` speaks of Debian, Ubuntu or a child of theirs. */
export function isDebianLike(osRelease: string): boolean {
  return osRelease.split('\n').some((line) => /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/.test(line))
}

/** What to tell the user where nothing can be installed; nothing where it can. */
export async function whyNotInstallable(allowed: boolean): Promise<readonly string[] | undefined> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '')
  if (!isDebianLike(release)) return ELSEWHERE
  const byHand = 'apt-get install docker.io iptables docker-compose debootstrap'
  if (process.getuid?.() !== 0) {
    return [`As root: ${byHand}; then add yourself to the group docker.`, 'Or run carya as root once.']
  }
  if (!allowed) return [`Without --no-install this would be done here: ${byHand}`]
  return undefined
}

/** The packages that bring what is missing of these needs; names differ between releases. */
export async function packagesFor(needs: readonly Need[]): Promise<string[]> {
  const packages: string[] = []
  for (const need of needs) {
    if (need === 'dockerd') {
      if (!(await isOnPath('dockerd'))) packages.push('docker.io')
      if (!(await isOnPath('iptables'))) packages.push('iptables')
    } else if (need === 'compose') {
      if (!(await findCompose())) packages.push('docker-compose')
    } else if (!(await isOnPath('debootstrap'))) {
      packages.push('debootstrap')
    }
  }
  return packages
}

/** Installs them; nothing to do for none. */
export async function installPackages(packages: readonly string[]): Promise<void> {
  if (packages.length === 0) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const step = startStep(`installing ${packages.join(', ')} with apt-get`)
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...packages]]) {
    const ended = await runProgram('apt-get', args, { env, onLine: (line) => step.update(line) })
    if (ended.code === 0) continue
    step.fail()
    throw new CommandFailure(exitCodes.failed, {
      title: `apt-get ${args[0]} failed.`,
      detail: lastLines(ended.output, 8).join('\n'),
    })
  }
  step.done(`installed ${packages.join(', ')}`)
}

/** The failure that says that compose is missing. */
export function composeMissing(help: readonly string[]): CommandFailure {
  return new CommandFailure(exitCodes.failed, {
    title: 'Neither docker compose nor docker-compose is installed.',
    help,
  })
}
