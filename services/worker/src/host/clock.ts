/** The host's clock and its timers, which by themselves keep no process alive: models outlive their worker. */
import type { Clock } from '../ports.ts'

const LONGEST_MS = 2 ** 30 // a timer set for longer than 2³¹ ms fires at once

export const clock: Clock = {
  now: () => new Date().toISOString(),
  after(seconds, call) {
    const due = performance.now() + seconds * 1000
    let timer: NodeJS.Timeout
    const wait = () => {
      const left = Math.max(0, due - performance.now())
      timer = setTimeout(left > LONGEST_MS ? wait : call, Math.min(left, LONGEST_MS)).unref()
    }
    wait()
    return () => clearTimeout(timer)
  },
}
