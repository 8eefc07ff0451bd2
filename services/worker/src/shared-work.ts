/** Work that is done once, however many wait for it, and that tells all of them how far it is. */
export type Waiting = {
  /** ends the waiting, and not the work, which goes on */
  signal?: AbortSignal | undefined
  /** called, perhaps often, with how far it is */
  tell?: ((how: string) => void) | undefined
}

type Work<T> = { done: Promise<T>; how?: string; tellers: Set<(how: string) => void> }

export class SharedWork<T> {
  readonly #works = new Map<string, Work<T>>()

  /** What the work of this key gives, begun where it is not under way; rejects with the signal's reason. */
  async join(
    key: string,
    begin: (tell: (how: string) => void) => Promise<T>,
    { signal, tell }: Waiting = {},
  ): Promise<T> {
    signal?.throwIfAborted()
    const work = this.#works.get(key) ?? this.#begin(key, begin)
    if (tell) work.tellers.add(tell)
    if (work.how !== undefined) tell?.(work.how)
    const leaving = Promise.withResolvers<never>()
    const leave = () => leaving.reject(signal?.reason)
    signal?.addEventListener('abort', leave, { once: true })
    try {
      return await Promise.race([work.done, leaving.promise])
    } finally {
      signal?.removeEventListener('abort', leave)
      if (tell) work.tellers.delete(tell)
    }
  }

  #begin(key: string, begin: (tell: (how: string) => void) => Promise<T>): Work<T> {
    const tellers: Work<T>['tellers'] = new Set()
    const tell = (how: string) => {
      work.how = how
      for (const each of tellers) each(how)
    }
    const done = Promise.resolve()
      .then(() => begin(tell))
      .finally(() => this.#works.delete(key))
    // of work that all have left nobody hears that it failed
    done.catch(() => {})
    const work: Work<T> = { done, tellers }
    this.#works.set(key, work)
    return work
  }
}
