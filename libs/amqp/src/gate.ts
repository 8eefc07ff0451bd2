import { abortable } from './abortable.ts'

/** Something to wait for that comes and goes: those who wait pass when it opens, however often it was shut before. */
export class Gate {
  #opened = Promise.withResolvers<void>()
  #open = false

  open(): void {
    this.#open = true
    this.#opened.resolve()
  }

  shut(): void {
    if (!this.#open) return
    this.#open = false
    this.#opened = Promise.withResolvers()
  }

  /** Resolves at once if open; rejects with the signal's reason. */
  passed(signal: AbortSignal): Promise<void> {
    return abortable(this.#opened.promise, signal)
  }
}
