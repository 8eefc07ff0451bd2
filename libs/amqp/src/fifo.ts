/** A queue whose `shift` costs the same however long it is; an array's moves all that wait behind. */
export class Fifo<T> {
  #items: (T | undefined)[] = []
  #head = 0

  get size(): number {
    return this.#items.length - this.#head
  }

  push(item: T): void {
    this.#items.push(item)
  }

  /** Puts items before all others, in their order. */
  unshift(items: readonly T[]): void {
    this.#items = [...items, ...this.#items.slice(this.#head)]
    this.#head = 0
  }

  shift(): T | undefined {
    if (this.#head === this.#items.length) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head] = undefined
    this.#head += 1
    // forget the taken ones once they are the larger part: each item is moved once at most on average
    if (this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  /** Takes out, in order, all that match. */
  extract(matches: (item: T) => boolean): T[] {
    const kept: T[] = []
    const taken: T[] = []
    for (const item of this.#items.slice(this.#head)) {
      if (item !== undefined) (matches(item) ? taken : kept).push(item)
    }
    this.#items = kept
    this.#head = 0
    return taken
  }
}
