/**
 * Items for one reader, in order and bounded: a reader that falls too far behind is ended, and can resume from
 * where it was, instead of having everybody's memory filled.
 */
export class Mailbox<T> {
  readonly #items: T[] = []
  readonly #most: number
  #wake = Promise.withResolvers<void>()
  #overflown = false

  constructor(most: number) {
    this.#most = most
  }

  push(item: T): void {
    if (this.#items.length >= this.#most) this.#overflown = true
    else this.#items.push(item)
    this.#wake.resolve()
  }

  /** Endless until the signal, or until it has overflown and what it held was read. */
  async *read(signal: AbortSignal): AsyncGenerator<T> {
    const stop = () => this.#wake.resolve()
    signal.addEventListener('abort', stop, { once: true })
    try {
      while (!signal.aborted) {
        const item = this.#items.shift()
        if (item !== undefined) yield item
        else if (this.#overflown) return
        else {
          await this.#wake.promise
          this.#wake = Promise.withResolvers<void>()
        }
      }
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }
}
