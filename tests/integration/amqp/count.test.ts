import { openBroker } from '@carya/amqp'
import { expect, inject, test } from 'vitest'
import { brokerApi, useVhost } from '../../support/broker-api.ts'

test('messages are counted, and a queue that is not there is told from one that is empty', async () => {
  await using vhost = await useVhost(brokerApi(inject('amqpManagementUrl')), inject('amqpUrl'))
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  await using broker = openBroker({ url: vhost.amqpUrl, name: 'count', log })
  const options = { durable: true, arguments: { 'x-queue-type': 'quorum' } }
  broker.declare([(channel) => channel.assertQueue('q', options)])
  await broker.ready()
  const publisher = broker.openPublisher()
  expect(await broker.count('q')).toBe(0)
  for (let i = 0; i < 3; i += 1)
    await publisher.publish({ exchange: '', routingKey: 'q', body: Buffer.from('x') })
  await expect.poll(() => broker.count('q')).toBe(3)
  expect(await broker.count('none')).toBeUndefined()
  expect(await broker.count('q')).toBe(3)
})
