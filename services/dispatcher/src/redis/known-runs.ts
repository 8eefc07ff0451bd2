/**
 * Runs as this process last committed them, for as long as they live and are among the latest: a claim or an end that
 * follows need not read the record first. Nothing relies on them: a commit compares versions all the same.
 */
import { isTerminal } from '@carya/contracts'
import type { RunRecord } from '../domain/record.ts'

/** A larger record, in bytes of text, is read when it is needed: thousands of them would be too much. */
const MOST_BYTES = 16 * 2 ** 10

export class KnownRuns {
  readonly #runs = new Map<string, RunRecord>()
  readonly #most: number

  constructor(most = 10_000) {
    this.#most = most
  }

  get(id: string): RunRecord | undefined {
    return this.#runs.get(id)
  }

  /** Redis may not hold what was committed. */
  clear(): void {
    this.#runs.clear()
  }

  set(run: RunRecord): void {
    this.#runs.delete(run.id)
    if (isTerminal(run.state) || JSON.stringify(run).length > MOST_BYTES) return
    this.#runs.set(run.id, run)
    const [oldest] = this.#runs.keys()
    if (this.#runs.size > this.#most && oldest !== undefined) this.#runs.delete(oldest)
  }
}
