/** A host on which no model can be started takes no more, says so, and tries again by itself. */
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { install } from '../../support/stack.ts'
import { direct } from './director.ts'

test('a worker that cannot start three models in a row takes no more until one starts', async () => {
  await using installation = await install()
  await using director = await direct(installation)
  const worker = await installation.worker('w1', { CARYA_UNWELL_PAUSE: '4s' })
  const runs = join(installation.store, 'runs')
  /** Offered again where it came a moment too late and was declined. */
  const finished = async () => {
    const job = await director.offer(director.job('true'))
    for (let declined = 0; ;) {
      const about = () => director.about(job)
      const end = () => about().find((each) => each.kind === 'finished')
      const again = () => about().filter((each) => each.kind === 'declined').length > declined
      const found = await director.seen('its end', () => end() ?? (again() ? 'declined' : undefined))
      if (found !== 'declined') return found
      declined += 1
      await director.offer(job)
    }
  }
  const fail = async () => {
    expect((await finished()).failure).toMatchObject({
      kind: 'engine_error',
      detail: expect.stringContaining('the store cannot be written'),
    })
  }

  // images that are not there say nothing of the host
  for (const digit of '123') {
    const digest = `sha256:${digit.repeat(64)}`
    const job = await director.offer(director.job('', { image: { name: 'gone:1', digest, by: 'id' } }))
    expect((await director.finished(job)).failure?.kind).toBe('image_unavailable')
  }
  await rename(runs, `${runs}-away`)
  await writeFile(runs, 'no folder can be made here')
  for (let run = 0; run < 3; run += 1) await fail()
  const sick = await director.seen('it says so', () => director.beats.find(({ unwell }) => unwell))
  expect(sick.unwell).toMatch(/^three models in a row could not be started: the store cannot be written/)
  expect(sick).toMatchObject({ draining: false, room: sick.size })
  // what waits in the queue is left to others, until one is wanted as a trial, which is told; that fails too
  await fail()
  const turns = () => director.beats.map(({ unwell }) => (unwell ? 'unwell' : 'well')).join(' ')
  await director.seen('unwell again', () => /unwell (well )+unwell/.exec(turns()) ?? undefined)
  await rm(runs)
  expect((await finished()).outcome).toBe('succeeded')
  await worker.line(({ msg }) => msg === 'well again: jobs are taken')
  const told = worker.lines.filter(({ msg }) => /unwell|well again|one job/.test(msg ?? ''))
  expect(told.map(({ msg, seconds }) => [msg, seconds])).toEqual([
    ['unwell: no jobs are taken for now', 4],
    ['one job is taken, to see whether models start again', undefined],
    ['unwell: no jobs are taken for now', 8],
    ['one job is taken, to see whether models start again', undefined],
    ['well again: jobs are taken', undefined],
  ])
})
