/** The command `./carya` as a user runs it, with a state folder of its own that disposal removes with its stack. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../../', import.meta.url))

export type Ended = { code: number | null; stdout: string; stderr: string }

export type Home = AsyncDisposable & {
  path: string
  /** what a shell needs in which `carya` means this home */
  env: Record<string, string>
  /** Runs `./carya ARGS` to its end. */
  carya(args: string[], env?: Record<string, string>): Promise<Ended>
  /** Runs it with `--json`; fails unless it ends well, or with this exit code. */
  json<T>(args: string[], code?: number): Promise<T>
}

export type Env = { api: string; token: string; amqp: string; store: string }
export type Part = { name: string; state: string; image?: string; container?: string; ports?: number[] }
export type Status = {
  installation: string
  state: string
  parts: Part[]
  endpoints?: Record<string, string>
}

/** A state folder in which nothing has happened yet. */
export async function openHome(): Promise<Home> {
  const path = await mkdtemp(join(tmpdir(), 'carya-home-'))
  const own = { ...settings(), CARYA_HOME: path }
  const carya = (args: string[], env: Record<string, string> = {}) =>
    run(join(root, 'carya'), args, { ...own, ...env })
  return {
    path,
    env: own,
    carya,
    async json<T>(args: string[], code = 0) {
      const ended = await carya([...args, '--json'])
      if (ended.code !== code)
        throw new Error(`carya ${args.join(' ')} ended with ${ended.code}: ${ended.stderr}`)
      const answer: T = JSON.parse(ended.stdout)
      return answer
    },
    async [Symbol.asyncDispose]() {
      const ended = await carya(['down', '--purge', '--yes'])
      if (ended.code !== 0) throw new Error(`the stack was not removed: ${ended.stderr}`)
      await rm(path, { recursive: true })
    },
  }
}

/** The caller's environment but for his own stack's settings; images that `carya test` chose are kept. */
function settings(): Record<string, string> {
  const kept = /^CARYA_(IMAGE_RABBITMQ|IMAGE_REDIS|DOCKER_SOCKET)$/
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && (!name.startsWith('CARYA_') || kept.test(name)) ? [[name, value]] : [],
    ),
  )
}

export function run(
  program: string,
  args: string[],
  env: Record<string, string>,
  cwd = tmpdir(),
): Promise<Ended> {
  const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended: Ended = { code: null, stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (ended.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (ended.stderr += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ ...ended, code }))
  })
}
