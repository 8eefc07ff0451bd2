import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { followAttempt } from './follow-attempt.ts'
import { hold } from './held.ts'

/** A clock whose time passes when it is told to: all timers that are set fire at once. */
function playedClock() {
  let timers = new Set<() => void>()
  return {
    after(_seconds: number, call: () => void) {
      timers.add(call)
      return () => void timers.delete(call)
    },
    async pass() {
      const due = timers
      timers = new Set()
      for (const call of due) call()
      await turn()
    },
  }
}

function follow() {
  const asked: PromiseWithResolvers<undefined>[] = []
  const usage = () => {
    const answer = Promise.withResolvers<undefined>()
    asked.push(answer)
    return answer.promise
  }
  const live = { read: () => Promise.resolve({ text: '', bytes: 0 }) }
  const clock = playedClock()
  const begin = followAttempt({ containers: { usage }, logs: { follow: () => live }, clock })
  const place = { folder: '', path: '', outputs: '', log: '' }
  const held = hold({ run: 'r', attempt: 1, nonce: 'n' }, place, { cpus: 1, memory: 1 }, {})
  return { asked, clock, stop: begin(held) }
}

test('what a model uses is asked once more only when the last question was answered, or refused', async () => {
  const { asked, clock } = follow()
  for (let passed = 0; passed < 4; passed += 1) await clock.pass()
  expect(asked).toHaveLength(1)
  asked[0]!.reject(new Error('the engine is away'))
  await turn()
  await clock.pass()
  expect(asked).toHaveLength(2)
})

test('after the end nothing is asked any more, also where an answer came late', async () => {
  const { asked, clock, stop } = follow()
  for (let passed = 0; passed < 2; passed += 1) await clock.pass()
  stop()
  asked[0]!.resolve(undefined)
  await turn()
  await clock.pass()
  expect(asked).toHaveLength(1)
})
