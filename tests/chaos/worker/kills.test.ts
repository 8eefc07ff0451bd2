/** A worker that is killed at each step of an attempt's life, and started again: the model starts once, and its end counts. */
import { workerUser } from '@carya/contracts'
import { expect, test } from 'vitest'
import { lasting, openScene } from '../../support/scene.ts'
import { AMQP_ACK, tripwire } from '../../support/tripwire.ts'

test('[12] between its confirmed claim and the ack', async () => {
  await using scene = await openScene()
  const { installation } = scene
  await using wire = await tripwire(installation.amqpUrl(workerUser('w1')))
  const worker = await installation.worker('w1', { CARYA_AMQP_URL: wire.url })
  await scene.model('m', lasting(2))
  const sprung = wire.hold({ toServer: /"kind":"claimed"/ }, { toServer: AMQP_ACK })
  const run = await scene.submit('m', { lease: '5s' })
  await sprung
  await worker.stop('SIGKILL')
  wire.mend()
  await installation.worker('w1')
  await run.end()
  expect(await scene.verdict()).toEqual([])
})
