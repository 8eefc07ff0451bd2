/** Other programs (compose, apt-get, tar, debootstrap), run with their output followed line by line. */
import { spawn, type SpawnOptions } from 'node:child_process'
import { createInterface } from 'node:readline'
import { systemCode } from './error-code.ts'

export type Ended = { code: number; output: string }

/** How much of the end of the output is kept to be shown when something fails. */
const KEPT_LINES = 200

export type RunOptions = {
  cwd?: string
  env?: NodeJS.ProcessEnv
  /** Called with each line of stdout and stderr. */
  onLine?: (line: string) => void
  signal?: AbortSignal
}

/**
 * Runs a program to its end and gives its exit code and the last lines of its output; 127 where there is no such
 * program. A program that a signal ended gives 128 and more.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  const { onLine, ...rest } = options
  const spawning: SpawnOptions = { ...rest, stdio: ['ignore', 'pipe', 'pipe'] }
  return new Promise((resolve) => {
    const lines: string[] = []
    const child = spawn(program, args, spawning)
    const keep = (line: string) => {
      lines.push(line)
      if (lines.length > KEPT_LINES) lines.shift()
      onLine?.(line)
    }
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', keep)
    }
    child.once('error', (error) => {
      keep(error.message)
      resolve({
        code: systemCode(error) === 'ENOENT' ? 127 : 1,
        output: lines.join('\n'),
      })
    })
    child.once('close', (code, signal) =>
      resolve({ code: code ?? (signal ? 130 : 1), output: lines.join('\n') }),
    )
  })
}

/** The last lines of a program's output, to be shown under a failure. */
export function lastLines(output: string, n: number): string[] {
  return output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-n)
    .map((line) => `  | ${line}`)
}

/** Whether a program of this name is on the path. */
export async function isOnPath(program: string): Promise<boolean> {
  const { code } = await runProgram('sh', ['-c', 'command -v "$1"', 'sh', program])
  return code === 0
}
