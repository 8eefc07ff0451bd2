/** A test step's process: its output is shown as it comes, and it is ended with all its children. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** How long a step that is told to end may take to tidy up. */
const TIDY_MS = 30_000

export type Followed = { code: number; lines: string[]; stopped?: string }

/** Runs the command in a process group of its own; when the signal aborts, the group is ended: TERM, later KILL. */
export async function followCommand(
  [program, ...args]: readonly [string, ...string[]],
  cwd: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<Followed> {
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      say(line)
    })
  }
  let late: NodeJS.Timeout | undefined
  const end = () => {
    toGroup(child.pid, 'SIGTERM')
    late = setTimeout(() => toGroup(child.pid, 'SIGKILL'), TIDY_MS)
  }
  if (signal.aborted) end()
  else signal.addEventListener('abort', end, { once: true })
  child.once('error', (error) => lines.push(error.message))
  await once(child, 'close')
  clearTimeout(late)
  signal.removeEventListener('abort', end)
  // grandchildren that outlived their parent
  toGroup(child.pid, 'SIGKILL')
  return {
    code: child.exitCode ?? 1,
    lines,
    ...(signal.aborted && { stopped: String(signal.reason) }),
  }
}

function toGroup(pid: number | undefined, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, name)
  } catch {
    // nobody is left in it
  }
}
