/**
 * One task, one child process. DuckDB's native code, and tables that strangers wrote, never share a process with
 * leases. The child is killed on abort, and ends by itself when its parent is gone.
 */
import { fork } from 'node:child_process'
import { addAbortListener } from 'node:events'
import { text } from 'node:stream/consumers'
import type { Answer, Answers, Task } from './task.ts'

const CHILD = new URL('child/entry.ts', import.meta.url)
const MOST_SAID = 2000

/**
 * Runs a task in a child of its own. Throws in the words of the cause, and with its `code`, where the task fails or the child dies, and
 * the signal's reason once the child is gone where it is aborted.
 */
export async function inChild<K extends Task['kind']>(
  task: Extract<Task, { kind: K }>,
  signal?: AbortSignal,
): Promise<Answers[K]> {
  type Heard = Answer<Answers[K]>
  signal?.throwIfAborted()
  const { NODE_COMPILE_CACHE } = process.env
  const child = fork(CHILD, [], {
    execArgv: [],
    // it needs nothing of our environment, where secrets may stand
    env: NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
  })
  using ends = new DisposableStack()
  if (signal) ends.use(addAbortListener(signal, () => void child.kill('SIGKILL')))
  const said = child.stderr ? text(child.stderr) : ''
  const answer = await new Promise<Heard | { code: number | null; signal: string | null }>(
    (resolve, reject) => {
      let heard: Heard | undefined
      child.on('message', (message: Heard) => {
        heard = message
      })
      child.on('error', reject)
      child.on('close', (code, ended) => resolve(heard ?? { code, signal: ended }))
      child.send(task, () => {})
    },
  )
  signal?.throwIfAborted()
  if ('value' in answer) return answer.value
  if ('error' in answer)
    throw Object.assign(new Error(answer.error), answer.code !== undefined && { code: answer.code })
  const last = (await said).trim().slice(-MOST_SAID)
  const how = answer.signal === null ? `exit code ${answer.code}` : `signal ${answer.signal}`
  throw new Error(`the process that makes tables ended with ${how}${last === '' ? '' : `: ${last}`}`)
}
