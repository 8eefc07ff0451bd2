/**
 * Messages for exchanges that do not exist (yet). For each exchange one of them, the scout, is sent with back-off,
 * alone on its channel since each try at a missing exchange costs a channel; the others wait for its luck. A scout
 * that ends without news of the exchange (its publisher gave it up, or it was refused itself) is followed by the next.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { backoff } from './backoff.ts'
import type { Entry } from './entry.ts'
import { Fifo } from './fifo.ts'

export type MissingExchangesOptions = {
  signal: AbortSignal
  scout: (entry: Entry) => void
  release: (entry: Entry) => void
}

type Missing = { waiting: Fifo<Entry>; failures: number; scout: Entry | undefined }

export class MissingExchanges {
  readonly #options: MissingExchangesOptions
  readonly #missing = new Map<string, Missing>()

  constructor(options: MissingExchangesOptions) {
    this.#options = options
  }

  /** Keeps the entry if its exchange is known to be missing; else answers false. */
  hold(entry: Entry): boolean {
    const missing = this.#missing.get(entry.exchange)
    missing?.waiting.push(entry)
    return missing !== undefined
  }

  /**
   * The broker said that there is no such exchange as this entry was sent to; `others` were meant for it too. Answers
   * whether this is news.
   */
  miss(entry: Entry, others: readonly Entry[]): boolean {
    const known = this.#missing.get(entry.exchange)
    const missing = known ?? { waiting: new Fifo<Entry>(), failures: 0, scout: undefined }
    this.#missing.set(entry.exchange, missing)
    missing.waiting.unshift([entry, ...others])
    if (!known || known.scout === entry) {
      missing.scout = undefined
      void this.#sendScout(entry.exchange, missing)
    } // else another scout is on its way, or will be
    return !known
  }

  /** The exchange is there: all that waited for it may go. */
  found(exchange: string): void {
    const missing = this.#missing.get(exchange)
    if (!missing) return
    this.#missing.delete(exchange)
    for (let entry = missing.waiting.shift(); entry; entry = missing.waiting.shift())
      this.#options.release(entry)
  }

  async #sendScout(exchange: string, missing: Missing): Promise<void> {
    const { signal, scout } = this.#options
    await sleep(backoff(missing.failures), undefined, { signal }).catch(() => {})
    if (signal.aborted || this.#missing.get(exchange) !== missing) return
    missing.failures += 1
    let entry = missing.waiting.shift()
    while (entry?.settled) entry = missing.waiting.shift()
    if (!entry) {
      this.#missing.delete(exchange)
      return
    }
    missing.scout = entry
    scout(entry)
    await entry.promise.catch(() => {})
    if (missing.scout === entry) await this.#sendScout(exchange, missing)
  }
}
