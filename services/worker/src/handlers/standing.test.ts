import { expect, test } from 'vitest'
import { Standing } from './standing.ts'

/** A worker that has its name, and has adopted all that was left under it. */
function ready(): Standing {
  const standing = new Standing()
  standing.named('ours')
  expect([standing.mustAdopt, standing.speaks]).toEqual([true, false])
  standing.ready(standing.timesLost)
  expect([standing.mustAdopt, standing.speaks]).toEqual([false, true])
  return standing
}

test.each([['lost'], ['taken']] as const)(
  'a name that was %s and is gained again is first adopted under',
  (lock) => {
    const standing = ready()
    standing.named(lock)
    expect([standing.mustAdopt, standing.speaks]).toEqual([false, false])
    standing.named('ours')
    expect([standing.mustAdopt, standing.speaks]).toEqual([true, false])
    standing.ready(standing.timesLost)
    expect([standing.mustAdopt, standing.speaks]).toEqual([false, true])
  },
)

test('what was adopted before the name was lost once more says nothing', () => {
  const standing = ready()
  standing.named('lost')
  standing.named('ours')
  const { timesLost } = standing
  standing.named('lost')
  standing.named('ours')
  standing.ready(timesLost)
  standing.late(timesLost)
  expect([standing.mustAdopt, standing.speaks]).toEqual([true, false])
})

test('an engine that does not answer silences a worker for a while only, and it still adopts later', () => {
  const standing = ready()
  standing.named('lost')
  standing.named('ours')
  standing.late(standing.timesLost)
  expect([standing.mustAdopt, standing.speaks]).toEqual([true, true])
  standing.ready(standing.timesLost)
  expect([standing.mustAdopt, standing.speaks]).toEqual([false, true])
})

test('a worker says nothing without having adopted, the first time and where another had its name', () => {
  const first = new Standing()
  first.named('ours')
  first.late(first.timesLost)
  expect(first.speaks).toBe(false)
  const standing = ready()
  standing.named('lost')
  standing.named('taken')
  standing.named('ours')
  standing.late(standing.timesLost)
  expect(standing.speaks).toBe(false)
})

test('one whose host lacks something is unwell for as long, whatever else it feels', () => {
  const standing = new Standing()
  standing.named('ours')
  standing.ready(0)
  standing.lacks('the store has less than 1 GiB free')
  expect(standing.closed).toBe('this worker is unwell: the store has less than 1 GiB free')
  standing.feels({ unwell: 'nothing starts', takes: false })
  expect(standing.unwell).toBe('nothing starts')
  standing.feels(undefined)
  expect(standing.unwell).toBe('the store has less than 1 GiB free')
  standing.lacks(undefined)
  expect(standing.closed).toBeUndefined()
})
