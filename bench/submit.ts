/**
 * `pnpm bench:submit [--runs N] [--in-flight N]`: the time from the publication of a request to `run.accepted` in
 * hand, one at a time, and how many requests a second are accepted with many in flight. Beside it, in the same run,
 * what the parts cost alone: a confirmed publish into a quorum queue, and a write to Redis with `appendfsync always`.
 * No worker is there to take the jobs, so nothing but acceptance is measured.
 */
import { openBroker } from '@carya/amqp'
import { workerUser } from '@carya/contracts'
import { parseArgs } from 'node:util'
import { installOn } from '../tests/support/installation.ts'
import { simulateWorker } from '../tests/support/simulated-worker.ts'
import { openSubmitter } from '../tests/support/submitter.ts'
import { benchServers } from './servers.ts'
import { closingLine, median, quantile, round, say } from './statistics.ts'

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '500' }, 'in-flight': { type: 'string', default: '64' } },
})
const count = Number(values.runs)
const inFlight = Number(values['in-flight'])

await using stack = new AsyncDisposableStack()
const installation = stack.use(await installOn(await benchServers(stack)))
const { api } = await installation.dispatcher({ CARYA_LOG_LEVEL: 'info' })
await installation.permitWorker('sim')
await installation.submitter('bench')

// it registers the model and goes: what is accepted stays in the line
{
  await using worker = await simulateWorker(installation.amqpUrl(workerUser('sim')), 'sim', { cpus: 1 })
  worker.beat()
  const headers = { authorization: `Bearer ${installation.token}`, 'content-type': 'application/json' }
  const body = JSON.stringify({
    name: 'nothing',
    version: '1',
    image: 'nothing:1',
    parameters: { k: { type: 'number', default: 1 } },
  })
  let status = 0
  while (status !== 201) ({ status } = await fetch(`${api}/v1/models`, { method: 'PUT', headers, body }))
}

const submitter = stack.use(await openSubmitter(installation.amqpUrl('bench')))
const request = { kind: 'run', model: 'nothing', params: { k: 2 } }

async function accepted(): Promise<number> {
  const begin = performance.now()
  await submitter.send(request).answer('run.accepted')
  return performance.now() - begin
}

async function repeated(times: number, task: () => Promise<unknown>): Promise<number[]> {
  const taken: number[] = []
  for (let i = 0; i < times; i += 1) {
    const begin = performance.now()
    await task()
    taken.push(performance.now() - begin)
  }
  return taken
}

say(`one at a time, ${count} requests`)
await repeated(50, accepted)
const alone = await repeated(count, accepted)

say(`${inFlight} in flight, ${count * 8} requests`)
const begin = performance.now()
let left = count * 8
await Promise.all(
  Array.from({ length: inFlight }, async () => {
    while (left > 0) {
      left -= 1
      await accepted()
    }
  }),
)
const perSecond = (count * 8) / ((performance.now() - begin) / 1000)

say('the parts alone')
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const broker = stack.use(openBroker({ url: installation.adminUrl, name: 'bench', log: silent }))
broker.declare([
  (channel) => channel.assertQueue('bench', { durable: true, arguments: { 'x-queue-type': 'quorum' } }),
])
await broker.ready()
const publisher = broker.openPublisher()
const body = Buffer.from(JSON.stringify(request))
const publish = await repeated(count, () => publisher.publish({ exchange: '', routingKey: 'bench', body }))
const write = await repeated(count, () => installation.redis.set('carya-bench', body))

const floor = median(publish) + median(write)
say(
  `accepted in hand: median ${round(median(alone))} ms, 95 % ${round(quantile(alone, 0.95))} ms; ` +
    `${round(perSecond)} a second with ${inFlight} in flight`,
)
say(`a confirmed publish ${round(median(publish))} ms, an fsynced write ${round(median(write))} ms`)
closingLine('submit', {
  requests: count,
  acceptedMedianMs: round(median(alone)),
  acceptedP95Ms: round(quantile(alone, 0.95)),
  publishMedianMs: round(median(publish)),
  writeMedianMs: round(median(write)),
  ratioToParts: round(median(alone) / floor),
  inFlight,
  acceptedPerSecond: round(perSecond),
})
