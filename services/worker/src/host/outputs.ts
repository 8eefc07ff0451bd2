/**
 * Asks the child process about outputs, with a deadline. The child is kept: starting one takes longer than all it
 * does. One that does not answer in time is killed, and all that it was asked is asked again of the next child: a
 * store that hangs is no fault of the model's. What several of them did not answer counts as unreadable.
 */
import { fork, type ChildProcess } from 'node:child_process'
import type { OutputsAsked } from '../domain/outputs-asked.ts'
import type { Measured, Outputs, OutputsFound, Space } from '../ports.ts'
import type { Answer, Asked, Question, Told } from './outputs-child.ts'

type Waiting = {
  asked: Asked
  deadline: number
  triesLeft: number
  /** `error`: why there is no answer */
  settle: (told: Told, error: string) => void
}
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

  read(folder: string, asked: OutputsAsked): Promise<OutputsFound> {
    return new Promise((resolve) =>
      this.#put({ kind: 'read', folder, asked }, MOST_TRIES, (told, error) =>
        resolve(told.found ?? unreadable(error)),
      ),
    )
  }

  /** It is asked again anyway, so a child that dies of it has had its one try. */
  measure(folder: string): Promise<Measured | undefined> {
    return new Promise((resolve) =>
      this.#put({ kind: 'measure', folder }, 1, ({ measured }) => resolve(measured)),
    )
  }

  space(): Promise<Space | undefined> {
    return new Promise((resolve) => this.#put({ kind: 'space' }, 1, ({ space }) => resolve(space)))
  }

  [Symbol.dispose](): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#child?.kill('SIGKILL')
  }

  #put(asked: Asked, tries: number, settle: Waiting['settle']): void {
    this.#lastId += 1
    this.#waiting.set(this.#lastId, { asked, deadline: this.#deadline(), triesLeft: tries - 1, settle })
    this.#ask(this.#lastId)
    this.#watch()
  }

  /** Asks one question, or starts a child and asks it all. */
  #ask(id?: number): void {
    const child = this.#child
    if (child) {
      const waiting = id === undefined ? undefined : this.#waiting.get(id)
      // one that could not be started is soon told of
      if (id !== undefined && waiting && child.pid !== undefined)
        child.send({ ...waiting.asked, id } satisfies Question, () => {})
      return
    }
    const next = fork(CHILD, [this.#root], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.#child = next
    next.on('message', (answer: Answer) => this.#heard(answer))
    next.on('error', (err) => {
      this.#log.warn({ err }, 'the reader of outputs failed')
      if (next.pid === undefined) this.#left(null, null)
    })
    next.on('exit', (code, signal) => this.#left(code, signal))
    for (const each of this.#waiting.keys()) this.#ask(each)
  }

  #deadline(): number {
    return performance.now() + this.#deadlineMs
  }

  #heard({ id, told, error }: Answer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    waiting?.settle(told ?? {}, error ?? 'no answer')
  }

  #left(code: number | null, signal: string | null): void {
    this.#child = undefined
    if (this.#closed) return
    this.#log.warn({ code, signal }, 'the reader of outputs ended, starting another')
    const now = performance.now()
    for (const [id, waiting] of this.#waiting) {
      if (waiting.deadline > now) continue
      if (waiting.triesLeft > 0) {
        waiting.triesLeft -= 1
        waiting.deadline = this.#deadline()
        continue
      }
      this.#waiting.delete(id)
      const seconds = (MOST_TRIES * this.#deadlineMs) / 1000
      waiting.settle({}, `the outputs could not be read within ${seconds} s`)
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
