/** Turns: so many pieces of work of a kind go on at once, and the others wait, first come, first served. */
export type Turns = { run<T>(work: () => Promise<T>): Promise<T> }

/** `patience`: seconds after which one that goes on and on no longer keeps others from their turn; none: for ever. */
export function openTurns(most: number, patience?: number): Turns {
  const waiting: (() => void)[] = []
  let running = 0
  const pass = (): void => {
    const next = waiting.shift()
    if (next) next()
    else running -= 1
  }
  return {
    async run(work) {
      if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
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
