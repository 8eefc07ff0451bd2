/**
 * A worker that is killed at each step of an attempt's life, and started again: it finds what it left, the model is
 * started once, and its end counts. The step is where a tripwire stops the worker's messages or its calls to the engine.
 */
import { workerUser } from '@carya/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lasting } from '../../support/scene.ts'
import { AMQP_ACK, tripwire, type Sight, type Tripwire } from '../../support/tripwire.ts'
import { openAsking, type Asking } from '../asking.ts'
import { openOutage, type Outage } from '../outage.ts'

const stack = new AsyncDisposableStack()
let scene: Outage
let ann: Asking
let broker: Tripwire
let engine: Tripwire

beforeAll(async () => {
  scene = stack.use(await openOutage({ workers: [] }))
  ann = stack.use(await openAsking(scene.installation))
  broker = stack.use(await tripwire(scene.installation.amqpUrl(workerUser('w1'))))
  engine = stack.use(await tripwire('unix:/var/run/docker.sock'))
  await using worker = await start()
  await scene.model('brief', lasting(0.5))
  await worker.stop()
})
afterAll(() => stack.disposeAsync())

const start = () => scene.worker('w1', { CARYA_AMQP_URL: broker.url, CARYA_DOCKER_SOCKET: engine.path })

const claims: Sight = { toServer: /"kind":"claimed"/ }
const creates: Sight = { toServer: /POST \/containers\/create/ }
const starts: Sight = { toServer: /POST \/containers\/\w+\/start/ }
const finishes: Sight = { toServer: /"kind":"finished"/ }

type Step = { title: string; at: 'broker' | 'engine'; sights: [Sight, ...Sight[]] }

/** In their order in an attempt's life. */
const steps: Step[] = [
  { title: 'with its job in hand, before the claim', at: 'broker', sights: [claims] },
  {
    title: '[12] after its confirmed claim, before the ack',
    at: 'broker',
    sights: [claims, { toServer: AMQP_ACK }],
  },
  // from here to `create` nothing on the host tells of the attempt: no heartbeat lists it, and another one is made
  { title: 'after the ack, before there is a container', at: 'engine', sights: [creates] },
  { title: '[17] between create and start', at: 'engine', sights: [creates, { toClient: /201 Created/ }] },
  { title: '[16] before the grant reached it', at: 'broker', sights: [{ toClient: /"do":"granted"/ }] },
  { title: 'after the grant, before the start', at: 'engine', sights: [starts] },
  {
    title: '[18] after the start, before it knows of it',
    at: 'engine',
    sights: [starts, { toClient: /204 No Content/ }],
  },
  { title: 'after the exit, before the report', at: 'broker', sights: [finishes] },
  {
    title: 'after the report, before it was settled',
    at: 'broker',
    sights: [finishes, { toClient: /"do":"settled"/ }],
  },
  {
    title: 'settled, before the container is removed',
    at: 'engine',
    sights: [starts, { toServer: /DELETE \/containers\// }],
  },
]

// each test lets go of the worker's name also where it fails: the others would wait for it in vain
test.each(steps)('$title: killed and started again', async ({ at, sights }) => {
  const wire = at === 'broker' ? broker : engine
  await using worker = await start()
  const step = wire.hold(...sights)
  const run = await ann.ask('brief', { lease: '1m' })
  await step
  await worker.stop('SIGKILL')
  broker.mend()
  engine.mend()
  await using again = await start()
  await run.end()
  await scene.ends([run.id])
  await again.stop()
})

test('while models run: killed and started again, it follows them to their ends', async () => {
  await using worker = await start()
  await scene.model('patient', undefined, { lease: '1m' })
  const runs = await scene.submit('patient', 3)
  await scene.running(runs)
  await worker.stop('SIGKILL')
  broker.mend()
  await using again = await start()
  await scene.release(runs)
  const views = await scene.ends(runs)
  expect(views.map((view) => view.attempts.length)).toEqual([1, 1, 1])
  await again.stop()
})
