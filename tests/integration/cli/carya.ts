/** Runs the command as a user does: a process of its own, with streams that are no terminal. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TOKEN } from '../http/setup.ts'

/** Shared by all, as the launcher's: starting is a fifth of the time then. */
const cache = join(tmpdir(), 'carya-test-compile-cache')
const main = fileURLToPath(new URL('../../../apps/cli/src/main.ts', import.meta.url))

export type Ended = { code: number | null; out: string; err: string; lines: () => unknown[] }
export type Started = {
  /** Resolves once stdout or stderr holds the text. */
  saw(text: string): Promise<void>
  interrupt(): void
  end: Promise<Ended>
}

/** Starts the command against a service; `env` adds to, or (undefined) takes from, a bare environment, in `cwd`. */
export function start(
  api: string,
  words: readonly string[],
  env: Record<string, string | undefined> = {},
  cwd = process.cwd(),
): Started {
  const bare = {
    PATH: process.env['PATH'],
    CARYA_API: api,
    CARYA_TOKEN: TOKEN,
    CARYA_HOME: '/nonexistent',
    NODE_COMPILE_CACHE: cache,
  }
  const child = spawn(process.execPath, [main, ...words], {
    cwd,
    env: { ...bare, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  const changed = new EventTarget()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    changed.dispatchEvent(new Event('text'))
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
    changed.dispatchEvent(new Event('text'))
  })
  const end = once(child, 'close').then(([code]: (number | null)[]) => {
    changed.dispatchEvent(new Event('text'))
    const lines = () =>
      out
        .trim()
        .split('\n')
        .map((line): unknown => JSON.parse(line))
    return { code: code ?? null, out, err, lines }
  })
  return {
    end,
    interrupt: () => void child.kill('SIGINT'),
    async saw(text) {
      while (!out.includes(text) && !err.includes(text)) {
        if (child.exitCode !== null) throw new Error(`ended without "${text}": ${out}${err}`)
        await once(changed, 'text')
      }
    },
  }
}

/** Runs the command to its end. */
export function carya(
  api: string,
  words: readonly string[],
  env?: Record<string, string | undefined>,
  cwd?: string,
): Promise<Ended> {
  return start(api, words, env, cwd).end
}
