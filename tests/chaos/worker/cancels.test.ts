/**
 * [14] A cancel at each step of a run, also while those who must hear it are away. What was not started never starts,
 * and everyone is told the same end.
 */
import { workerUser, type TerminalState } from '@carya/contracts'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { lasting } from '../../support/scene.ts'
import type { Service } from '../../support/service.ts'
import { tripwire, type Sight, type Tripwire } from '../../support/tripwire.ts'
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
  const first = await start()
  await scene.model('patient')
  await scene.model('brief', lasting(0.5))
  await first.stop()
})
afterAll(() => stack.disposeAsync())

let worker: Service | undefined
const start = async () =>
  (worker = await scene.worker('w1', { CARYA_AMQP_URL: broker.url, CARYA_DOCKER_SOCKET: engine.path }))
afterEach(async () => {
  await worker?.stop()
  broker.mend()
  engine.mend()
})
const accepted = (run: string) => ann.cancel(run).answer('cancel.accepted')

const claims: Sight = { toServer: /"kind":"claimed"/ }
const starts: Sight = { toServer: /POST \/containers\/\w+\/start/ }
type Step = {
  title: string
  at: 'broker' | 'engine'
  sights: [Sight, ...Sight[]]
  most: number
  end?: TerminalState
}

/** Held where they are while the cancel is accepted, and then let go on. */
const steps: Step[] = [
  { title: 'that is queued and not claimed', at: 'broker', sights: [claims], most: 0 },
  // the grant is on its way, and the order to stop behind it
  { title: 'that is claimed', at: 'broker', sights: [{ toClient: /"do":"granted"/ }], most: 1 },
  { title: 'that is granted and not started', at: 'engine', sights: [starts], most: 1 },
  { title: 'that starts', at: 'engine', sights: [starts, { toClient: /204 No Content/ }], most: 1 },
  // it ended by itself before it was to be stopped: that is its end, for everyone
  {
    title: 'that has ended and is not told yet',
    at: 'broker',
    sights: [{ toServer: /"kind":"finished"/ }],
    most: 1,
    end: 'succeeded',
  },
]

test.each(steps)('[14] a cancel of a run $title', async ({ at, sights, most, end = 'cancelled' }) => {
  await start()
  const wire = at === 'broker' ? broker : engine
  const step = wire.hold(...sights)
  const run = await ann.ask(end === 'cancelled' ? 'patient' : 'brief')
  await step
  await accepted(run.id)
  wire.release()
  await run.end(end)
  await scene.ends([run.id], { state: end, starts: { least: 0, most } })
})

test('[14] a cancel of a run that waits for its time, and of one that no worker is there for', async () => {
  const [timed, alone] = [
    await ann.ask('patient', { after: '2099-01-01T00:00:00Z' }),
    await ann.ask('patient'),
  ]
  await Promise.all([accepted(timed.id), accepted(alone.id)])
  await Promise.all([timed.end('cancelled'), alone.end('cancelled')])
  // a worker that comes now may find a job of the one, and is refused
  await start()
  await scene.ends([timed.id, alone.id], { state: 'cancelled', starts: 0 })
  const later = await ann.ask('brief')
  await later.end()
  await scene.ends([later.id])
})

test('[14] a cancel while the worker is down reaches the model when it is back', async () => {
  const first = await start()
  const run = await ann.ask('patient', { lease: '1m' })
  await scene.running([run.id])
  await first.stop('SIGKILL')
  broker.mend()
  await accepted(run.id)
  expect((await scene.view(run.id)).state).toBe('running')
  await start()
  await run.end('cancelled')
  await scene.ends([run.id], { state: 'cancelled', starts: 1 })
})

test('[14] a cancel while the dispatcher is down waits for it', async () => {
  await start()
  const run = await ann.ask('patient')
  await scene.running([run.id])
  await scene.first.dispatcher.stop('SIGKILL')
  const cancel = ann.cancel(run.id)
  await scene.dispatcher()
  await cancel.answer('cancel.accepted')
  await run.end('cancelled')
  await scene.ends([run.id], { state: 'cancelled', starts: 1 })
})
