import { setTimeout as pause } from 'node:timers/promises'

/**
 * Asks again and again until there is an answer other than undefined, null or false, and resolves to it; rejects,
 * with `what` was waited for, after `timeoutMs`. Unlike `expect.poll` it may be used outside of a test's own body.
 */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  timeoutMs = 60_000,
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (isAnswer(answer)) return answer
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`)
    await pause(10)
  }
}

function isAnswer<T>(answer: T): answer is Exclude<T, undefined | null | false> {
  return answer !== undefined && answer !== null && answer !== false
}
