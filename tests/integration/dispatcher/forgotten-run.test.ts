/** A run that ended longer ago than records are kept is known by what the store has of it, to all who ask. */
import { workerUser } from '@carya/contracts'
import { expect, test } from 'vitest'
import { apiOf } from '../../support/api.ts'
import { simulateWorker } from '../../support/simulated-worker.ts'
import { install } from '../../support/stack.ts'
import { openSubmitter } from '../../support/submitter.ts'
import { until } from '../../support/until.ts'
import { carya } from '../cli/carya.ts'

test('it is shown, cancelling it changes nothing, and why says that it has ended', async () => {
  await using stack = new AsyncDisposableStack()
  const installation = stack.use(await install())
  const { api: address } = await installation.dispatcher({ CARYA_SWEEP: '1s', CARYA_RETENTION: '1s' })
  const call = apiOf(address, installation.token)
  await installation.permitWorker('sim')
  stack.use(await simulateWorker(installation.amqpUrl(workerUser('sim')), 'sim', { auto: true }))
  await until('the worker is known', async () => (await call('GET', '/v1/workers')).body.items.length === 1)
  await call('PUT', '/v1/models', { name: 'still', version: '1', image: 'still:1' })
  await installation.submitter('ann')
  const ann = stack.use(await openSubmitter(installation.amqpUrl('ann')))
  const asked = ann.send({ kind: 'run', model: 'still' })
  const id = String((await asked.answer('run.succeeded')).body['id'])
  await until('its record is gone', async () => (await installation.redis.exists(`carya:run:${id}`)) === 0)

  expect((await call('GET', `/v1/runs/${id}`)).body).toMatchObject({ id, state: 'succeeded' })
  const nothing = { id, state: 'succeeded', changed: false }
  const cancelled = await call('POST', `/v1/runs/${id}/cancel`)
  expect([cancelled.status, cancelled.body]).toMatchObject([202, nothing])
  expect((await ann.send({ kind: 'cancel', id }).answer('cancel.accepted')).body).toMatchObject(nothing)
  const env = { CARYA_TOKEN: installation.token }
  expect(await carya(address, ['cancel', id], env)).toMatchObject({
    code: 0,
    err: expect.stringContaining('had ended already'),
  })

  const ended = [{ class: 'never', kind: 'ended', detail: expect.stringContaining('succeeded') }]
  const why = await call('GET', `/v1/runs/${id}/why`)
  expect([why.status, why.body]).toMatchObject([200, { id, state: 'succeeded', reasons: ended }])
  const told = await carya(address, ['why', id], env)
  expect([told.code, told.out]).toEqual([0, expect.stringMatching(/^never\tended\t/)])

  const unknown = `r${'0'.repeat(26)}`
  expect((await call('POST', `/v1/runs/${unknown}/cancel`)).status).toBe(404)
  expect((await call('GET', `/v1/runs/${unknown}/why`)).status).toBe(404)
})
