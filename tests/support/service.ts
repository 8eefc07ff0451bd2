/** A service of ours as a real process of the host: started, watched through its log, killed in every way. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export type Line = { msg?: string; [field: string]: unknown }

export type Service = AsyncDisposable & {
  process: ChildProcess
  lines: readonly Line[]
  /** The first log line (past or to come) that fits; rejects when the process ends before. */
  line(fits: (line: Line) => boolean): Promise<Line>
  /** Keeps no line from now on: a service that works for long says too much. */
  forget(): void
  /** Ends it and waits until it is gone; answers its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

const root = new URL('../../', import.meta.url).pathname

/** Starts `services/<name>/src/main.ts` with these settings and no others but the path. */
export function startService(name: 'dispatcher' | 'worker', settings: Record<string, string>): Service {
  const child = spawn(process.execPath, [`${root}services/${name}/src/main.ts`], {
    env: {
      PATH: process.env['PATH'] ?? '',
      CARYA_LOG_LEVEL: process.env['CARYA_TEST_LOG'] ?? 'info',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: Line[] = []
  const waiting = new Set<() => void>()
  let forgets = false
  const hear = (text: string) => {
    if (!forgets) lines.push(parse(text))
    if (process.env['CARYA_TEST_LOG']) process.stderr.write(`${name}: ${text}\n`)
    for (const look of waiting) look()
  }
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', hear)
  const ended = once(child, 'close').then(() => {
    for (const look of waiting) look()
    return child.exitCode
  })

  return {
    process: child,
    lines,
    line(fits) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.find(fits)
          if (!found && child.exitCode === null && child.signalCode === null) return
          waiting.delete(look)
          if (found) resolve(found)
          else reject(new Error(`${name} ended: ${lines.map((line) => JSON.stringify(line)).join('\n')}`))
        }
        waiting.add(look)
        look()
      })
    },
    forget() {
      forgets = true
      lines.length = 0
    },
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(late)
    },
  }
}

function parse(text: string): Line {
  try {
    const line: Line = JSON.parse(text)
    return line
  } catch {
    return { msg: text }
  }
}
