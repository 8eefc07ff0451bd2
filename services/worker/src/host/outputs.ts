/**
 * Asks the child process about outputs, with a deadline. The child is kept: starting one takes longer than all it
 * does. One that does not answer in time is killed, and all that it was asked is asked again of the next child: a
 * store that hangs is no fault of the model's. What several of them did not answer counts as unreadable.
 */
import { fork, type ChildProcess } from 'node:child_process'
import type { Outputs, OutputsFound } from '../ports.ts'
import type { Answer, Question } from './outputs-child.ts'

type Waiting = { folder: string; deadline: number; tries: number; resolve: (found: OutputsFound) => void }
type Log = { warn(fields: object, message: string): void }

const MOST_TRIES = 5
const CHILD = new URL('outputs-child.ts', import.meta.url)

export class OutputsReader implements Outputs, Disposable {
  readonly #root: string
  readonly #deadlineMs: number
  readonly #log: Log
  readonly #waiting = new Map<number, Waiting>()
  #child: ChildProcess | undefined
  #timer: NodeJS.Timeout | undefined
  #lastId = 0
  #closed = false

  constructor(options: { root: string; deadlineMs: number; log: Log }) {
    this.#root = options.root
    this.#deadlineMs = options.deadlineMs
    this.#log = options.log
    this.#ask()
  }

  /** Never rejects: what cannot be read is a problem of the outputs. */
  read(folder: string): Promise<OutputsFound> {
    const { promise, resolve } = Promise.withResolvers<OutputsFound>()
    this.#lastId += 1
    this.#waiting.set(this.#lastId, { folder, deadline: this.#deadline(), tries: 1, resolve })
    this.#ask(this.#lastId)
    this.#watch()
    return promise
  }

  [Symbol.dispose](): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#child?.kill('SIGKILL')
  }

  /** Asks one question, or starts a child and asks it all. */
  #ask(id?: number): void {
    const child = this.#child
    if (child) {
      const waiting = id === undefined ? undefined : this.#waiting.get(id)
      if (id !== undefined && waiting) child.send({ id, folder: waiting.folder } satisfies Question, () => {})
      return
    }
    const next = fork(CHILD, [this.#root], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.#child = next
    next.on('message', (answer: Answer) => this.#heard(answer))
    next.on('error', (err) => this.#log.warn({ err }, 'the reader of outputs failed'))
    next.on('exit', (code, signal) => this.#left(code, signal))
    for (const each of this.#waiting.keys()) this.#ask(each)
  }

  #deadline(): number {
    return performance.now() + this.#deadlineMs
  }

  #heard({ id, found, error }: Answer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    waiting?.resolve(found ?? unreadable(error ?? 'no answer'))
  }

  #left(code: number | null, signal: string | null): void {
    this.#child = undefined
    if (this.#closed) return
    this.#log.warn({ code, signal }, 'the reader of outputs ended, starting another')
    const now = performance.now()
    for (const [id, waiting] of this.#waiting) {
      if (waiting.deadline > now) continue
      if (waiting.tries < MOST_TRIES) {
        waiting.tries += 1
        waiting.deadline = this.#deadline()
        continue
      }
      this.#waiting.delete(id)
      const seconds = (MOST_TRIES * this.#deadlineMs) / 1000
      waiting.resolve(unreadable(`the outputs could not be read within ${seconds} s`))
    }
    this.#watch()
    // a child that cannot start at all is not started without pause
    if (this.#waiting.size > 0) setTimeout(() => this.#closed || this.#ask(), 100)
  }

  #watch(): void {
    if (this.#timer) return
    const first = Math.min(...Array.from(this.#waiting.values(), ({ deadline }) => deadline))
    if (!Number.isFinite(first)) return
    const check = () => {
      this.#timer = undefined
      const isLate = Array.from(this.#waiting.values()).some(({ deadline }) => deadline <= performance.now())
      if (isLate) this.#child?.kill('SIGKILL')
      this.#watch()
    }
    this.#timer = setTimeout(check, Math.max(100, first - performance.now())).unref()
  }
}

function unreadable(problem: string): OutputsFound {
  return { outputs: [], total: 0, metrics: {}, problem, notes: [] }
}
