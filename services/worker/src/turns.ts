/** Turns: so many pieces of work of a kind go on at once, and the others wait, first come, first served. */
export type Turns = {
  /** Rejects with the signal's reason where that aborts before the turn has come; then no turn is taken. */
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>
}

/** `patience`: seconds after which one that goes on and on no longer keeps others from their turn; none: for ever. */
export function openTurns(most: number, patience?: number): Turns {
  const waiting: (() => void)[] = []
  let running = 0
  const pass = (): void => {
    const next = waiting.shift()
    if (next) next()
    else running -= 1
  }
  const stand = (signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const go = (): void => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      const leave = (): void => {
        waiting.splice(waiting.indexOf(go), 1)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', leave, { once: true })
      waiting.push(go)
    })
  return {
    async run(work, signal) {
      signal?.throwIfAborted()
      if (running >= most) await stand(signal)
      else running += 1
      let isPassed = false
      const passOnce = () => {
        if (!isPassed) pass()
        isPassed = true
      }
      const late = patience === undefined ? undefined : setTimeout(passOnce, patience * 1000).unref()
      try {
        return await work()
      } finally {
        clearTimeout(late)
        passOnce()
      }
    },
  }
}
