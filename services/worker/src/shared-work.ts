/**
 * Work that is done once, however many wait for it, and that tells all of them how far it is. What is worth having goes
 * on when all who waited have left; what is not (`stopsAlone`) is stopped with the last, and who comes then begins anew.
 */
import { setMaxListeners } from 'node:events'

export type Waiting = {
  /** ends the waiting, and not the work that others wait for */
  signal?: AbortSignal | undefined
  /** called, perhaps often, with how far it is */
  tell?: ((how: string) => void) | undefined
}

/** What a work is given: whom to tell how far it is, and when to stop. */
export type Work = { tell: (how: string) => void; signal: AbortSignal }

type Shared<T> = {
  done: Promise<T>
  how?: string
  waiting: number
  tellers: Set<(how: string) => void>
  stop: AbortController
}

export class SharedWork<T> {
  readonly #works = new Map<string, Shared<T>>()
  readonly #stopsAlone: boolean

  constructor({ stopsAlone = false } = {}) {
    this.#stopsAlone = stopsAlone
  }

  /** What the work of this key gives, begun where it is not under way; rejects with the signal's reason. */
  async join(key: string, begin: (work: Work) => Promise<T>, { signal, tell }: Waiting = {}): Promise<T> {
    signal?.throwIfAborted()
    const work = this.#works.get(key) ?? this.#begin(key, begin)
    work.waiting += 1
    if (tell) work.tellers.add(tell)
    if (work.how !== undefined) tell?.(work.how)
    const leaving = Promise.withResolvers<never>()
    // at once, for several may leave in the same breath
    const leave = () => {
      work.waiting -= 1
      leaving.reject(signal?.reason)
      if (work.waiting > 0 || !this.#stopsAlone) return
      this.#end(key, work)
      work.stop.abort(signal?.reason)
    }
    signal?.addEventListener('abort', leave, { once: true })
    try {
      return await Promise.race([work.done, leaving.promise])
    } finally {
      signal?.removeEventListener('abort', leave)
      if (tell) work.tellers.delete(tell)
    }
  }

  #begin(key: string, begin: (work: Work) => Promise<T>): Shared<T> {
    const tellers: Shared<T>['tellers'] = new Set()
    const stop = new AbortController()
    setMaxListeners(0, stop.signal)
    const tell = (how: string) => {
      work.how = how
      for (const each of tellers) each(how)
    }
    const done = Promise.resolve()
      .then(() => begin({ tell, signal: stop.signal }))
      .finally(() => this.#end(key, work))
    // of work that all have left nobody hears that it failed
    done.catch(() => {})
    const work: Shared<T> = { done, waiting: 0, tellers, stop }
    this.#works.set(key, work)
    return work
  }

  #end(key: string, work: Shared<T>): void {
    if (this.#works.get(key) === work) this.#works.delete(key)
  }
}
