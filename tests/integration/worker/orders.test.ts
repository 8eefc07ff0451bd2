/** Orders and reports that come late, often, or in floods. */
import { newNonce } from '@carya/contracts'
import { expect, test } from 'vitest'
import { watchStarts } from '../../support/engine-events.ts'
import { install } from '../../support/stack.ts'
import { direct, settle, tokenOf } from './director.ts'

test('[44] a stop for an attempt that is over does not reach the next one on the same host', async () => {
  await using installation = await install()
  await using director = await direct(installation)
  await using starts = await watchStarts(installation.name)
  await installation.worker('w1')
  const first = await director.offer(director.job('exit 3'))
  expect((await director.finished(first)).exitCode).toBe(3)
  const script = 'until [ -e go ]; do sleep 0.1; done'
  const second = await director.offer(director.job(script, { run: first.run, attempt: 2, nonce: newNonce() }))
  await director.report('started', second)
  // the second goes by the number alone: a nonce tells attempts of a run apart even if numbers come again
  const again = { ...tokenOf(second), nonce: first.nonce }
  for (const token of [tokenOf(first), again]) {
    await director.order('w1', { do: 'stop', ...token, reason: 'superseded' }, settle(token))
  }
  const { attempts } = await director.beat((beat) => beat.attempts.length > 0)
  expect(attempts).toEqual([expect.objectContaining({ ...tokenOf(second), phase: 'running' })])
  await director.order('w1', { do: 'stop', ...tokenOf(second), reason: 'cancelled' })
  expect((await director.finished(second)).outcome).toBe('stopped')
  expect(await starts.startsInAll(first.run, 2)).toBe(2)
})

test('[32] a model that prints progress as fast as it can sends no message more for it', async () => {
  await using installation = await install()
  await using director = await direct(installation)
  await installation.worker('w1')
  const flood = `yes '::progress 0.25' | head -n 300000; echo '::progress 0.75'; until [ -e go ]; do sleep 0.1; done`
  const job = await director.offer(director.job(flood))
  await director.beat(({ attempts }) => attempts.some(({ progress }) => progress === 0.75))
  await director.order('w1', { do: 'stop', ...tokenOf(job), reason: 'cancelled' })
  await director.finished(job)
  expect(director.about(job).map(({ kind }) => kind)).toEqual(['claimed', 'started', 'finished'])
})
