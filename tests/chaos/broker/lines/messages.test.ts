/** Messages that a broker refuses, counts or gives up: each line of RabbitMQ has its own ways. */
import { exchanges, queues, queueDeclarations } from '@carya/contracts'
import { describe, expect, inject, test } from 'vitest'
import { openAmqpClient } from '../../../support/amqp-client.ts'
import { brokerApi } from '../../../support/broker-api.ts'
import { install, type Installation } from '../../../support/stack.ts'
import { openSubmitter } from '../../../support/submitter.ts'
import { lasting } from '../../../support/scene.ts'
import { until } from '../../../support/until.ts'
import { openOutage } from '../../outage.ts'

const MIB = 2 ** 20
const quick = lasting(0)

describe.concurrent('messages', () => {
  test('[5] a request that is too large is answered with the limit; one that the broker refuses harms nobody', async () => {
    await using scene = await openOutage()
    await scene.model('quick', quick)
    await scene.installation.submitter('ann')
    const request = (bytes: number) =>
      Buffer.from(JSON.stringify({ kind: 'run', model: 'quick', labels: { pad: 'x'.repeat(bytes) } }))
    const tooLarge = {
      type: 'run.rejected',
      body: { errors: [{ path: 'body', detail: expect.stringContaining(`at most ${MIB} bytes`) }] },
    }
    {
      await using ann = await openSubmitter(scene.installation.amqpUrl('ann'))
      expect(await ann.send(request(2 * MIB)).answer()).toMatchObject(tooLarge)
    }
    const version = await brokerApi(inject('amqpManagementUrl')).version()
    if (version.startsWith('3.')) {
      await using ann = await openSubmitter(scene.installation.amqpUrl('ann'))
      expect(await ann.send(request(17 * MIB)).answer()).toMatchObject(tooLarge)
    } else {
      await using client = await openAmqpClient(scene.installation.amqpUrl('ann'))
      const closed = new Promise<Error>((resolve) => client.channel.on('error', resolve))
      client.channel.publish(exchanges.requests, '', request(17 * MIB))
      expect(String(await closed)).toMatch(/PRECONDITION_FAILED/)
    }
    await scene.ends(await scene.submit('quick'))
  })

  test('[7] a full queue of a subscriber holds up no job, and no other subscriber hears anything twice', async () => {
    await using scene = await openOutage()
    await scene.model('quick', quick)
    const heard: string[] = []
    await using client = await openAmqpClient(scene.installation.adminUrl)
    const { channel } = client
    const limits = { 'x-max-length': 1, 'x-overflow': 'reject-publish' }
    await channel.assertQueue('reply.ann.full', {
      durable: true,
      arguments: { 'x-queue-type': 'quorum', ...limits },
    })
    const { queue } = await channel.assertQueue('', { exclusive: true })
    for (const each of ['reply.ann.full', queue]) await channel.bindQueue(each, exchanges.events, 'run.#')
    await channel.consume(queue, (message) => void heard.push(message?.properties.messageId), { noAck: true })
    const runs = await scene.submit('quick', 8)
    await scene.ends(runs)
    expect((await channel.checkQueue('reply.ann.full')).messageCount).toBeGreaterThan(0)
    expect(heard.length).toBe(new Set(heard).size)
  })

  test('a message that nobody can read ends among the rejected, from whatever queue, and stops nothing', async () => {
    await using scene = await openOutage()
    await scene.model('quick', quick)
    const bodies = await scene.onBroker(async (channel) => {
      for (const [exchange, key] of [
        [exchanges.requests, ''],
        [exchanges.reports, ''],
        [exchanges.heartbeats, ''],
        [exchanges.dead, ''],
        [exchanges.control, 'w1'],
        [exchanges.jobs, 'carya.jobs.default'],
      ] as const)
        channel.publish(exchange, key, Buffer.from(`poison of ${exchange}`))
      await channel.waitForConfirms()
      const seen: string[] = []
      await until('four have come', async () => {
        const message = await channel.get(queues.rejected, { noAck: true })
        if (message) seen.push(message.content.toString())
        return seen.length === 4
      })
      return seen
    })
    expect(bodies.toSorted()).toEqual(
      ['carya.dead', 'carya.jobs', 'carya.reports', 'carya.requests'].map((name) => `poison of ${name}`),
    )
    await scene.ends(await scene.submit('quick', 2))
  })

  test('[50] reports and requests that were given up by the broker are taken up from the dead letters', async () => {
    // a limit of two deliveries, and whoever takes them dies three times with them in hand
    const installation = await install()
    await declareFirst(installation, { 'x-delivery-limit': 2 }, queues.reports, queues.requests)
    await using scene = await openOutage({ installation })
    await scene.model('patient')
    const [run = ''] = await scene.submit('patient')
    await scene.running([run])
    // in good order, so that all it has read is acked: two messages come while it is away
    await scene.first.dispatcher.stop()
    await installation.submitter('ann')
    await using ann = await openSubmitter(installation.amqpUrl('ann'))
    const asked = ann.send({ kind: 'run', model: 'patient' })
    await scene.release([run])
    for (const queue of [queues.requests, queues.reports])
      for (let death = 0; death < 3; death += 1) await takeAndDie(installation, queue)
    await until('both are dead letters', () =>
      scene.onBroker(async (channel) => (await channel.checkQueue(queues.dead)).messageCount === 2),
    )
    await scene.dispatcher()
    const { body } = await asked.answer('run.accepted')
    const late = String(body['id'])
    await scene.running([late])
    await scene.release([late])
    await scene.ends([run, late])
  })
})

/** Declares queues before the dispatcher does, with a difference: arguments of a queue can never be changed. */
async function declareFirst(to: Installation, other: Record<string, number>, ...names: string[]) {
  await using admin = await openAmqpClient(to.adminUrl)
  const { channel } = admin
  for (const { name, arguments: args, bindings } of queueDeclarations.filter((each) =>
    names.includes(each.name),
  )) {
    await channel.assertQueue(name, { durable: true, arguments: { ...args, ...other } })
    for (const { exchange } of bindings) {
      await channel.assertExchange(exchange, 'fanout', { durable: true })
      await channel.bindQueue(name, exchange, '')
    }
  }
}

/** Takes what is in a queue, at least one message, and loses its connection. */
async function takeAndDie(from: Installation, queue: string) {
  await using admin = await openAmqpClient(from.adminUrl)
  await new Promise<void>((resolve, reject) => {
    admin.channel.consume(queue, () => resolve()).catch(reject)
  })
}
