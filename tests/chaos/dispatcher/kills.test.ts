/**
 * A dispatcher that is killed at each step of a run's life, and started again: the run is accepted once, its model is
 * started once, and its end is told. The step is where a tripwire stops its messages or its commands to Redis; what
 * Redis answers to a commit is what it is held by `committed`.
 */
import { DISPATCHER_USER } from '@carya/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lasting } from '../../support/scene.ts'
import { AMQP_ACK, tripwire, type Sight, type Tripwire } from '../../support/tripwire.ts'
import { openAsking, type Asking } from '../asking.ts'
import { openOutage, type Outage } from '../outage.ts'

const stack = new AsyncDisposableStack()
let scene: Outage
let ann: Asking
let broker: Tripwire
let redis: Tripwire

beforeAll(async () => {
  scene = stack.use(await openOutage())
  ann = stack.use(await openAsking(scene.installation))
  await scene.model('brief', lasting(0.5))
  await scene.first.dispatcher.stop()
  broker = stack.use(await tripwire(scene.installation.amqpUrl(DISPATCHER_USER)))
  redis = stack.use(await tripwire(scene.installation.redisUrl))
})
afterAll(() => stack.disposeAsync())

const start = () => scene.dispatcher({ CARYA_AMQP_URL: broker.url, CARYA_REDIS_URL: redis.url })

/** Acceptance, job, grant and end as they stand in the commits, and in the messages that are published after these. */
const acceptance: Sight = { toServer: /"?run\.accepted"?/ }
const job: Sight = { toServer: /"exchange":"carya\.jobs"/ }
const grant: Sight = { toServer: /"do":"granted"/ }
const end: Sight = { toServer: /run\.succeeded/ }
const committed: Sight = { toClient: /\$4\r\ndone/ }
const cleared: Sight = { toServer: /xdel\r\n\$\d+\r\ncarya:outbox:jobs/i }
const acks: Sight = { toServer: AMQP_ACK }

/** In their order in a run's life. */
const steps: { title: string; at: 'broker' | 'redis'; sights: [Sight, ...Sight[]] }[] = [
  { title: '[1] with a request in hand, before the commit', at: 'redis', sights: [acceptance] },
  { title: '[1] after the commit, before it knows of it', at: 'redis', sights: [acceptance, committed] },
  { title: '[1] after the answer, before the ack', at: 'broker', sights: [acceptance, acks] },
  { title: 'before the job is committed', at: 'redis', sights: [job] },
  { title: '[6] after the job is committed, before it is published', at: 'redis', sights: [job, committed] },
  {
    title: '[6] after the job is published, before the outbox is cleared',
    at: 'redis',
    sights: [job, cleared],
  },
  { title: 'with a claim in hand, before the commit', at: 'redis', sights: [grant] },
  { title: 'after the claim is committed, before the grant', at: 'redis', sights: [grant, committed] },
  { title: 'after the grant, before the ack of the claim', at: 'broker', sights: [grant, acks] },
  { title: 'with the final report in hand, before the commit', at: 'redis', sights: [end] },
  { title: 'after the end is committed, before it is told', at: 'redis', sights: [end, committed] },
  { title: 'after the end is told, before the ack of the report', at: 'broker', sights: [end, acks] },
]

test.each(steps)('$title: killed and started again', async ({ at, sights }) => {
  const wire = at === 'broker' ? broker : redis
  const dispatcher = await start()
  const step = wire.hold(...sights)
  const asked = ann.send('brief', { lease: '5s' })
  await step
  await dispatcher.stop('SIGKILL')
  broker.mend()
  redis.mend()
  const again = await start()
  const run = await ann.accepted(asked)
  const { attempts } = await run.end()
  expect(attempts).toHaveLength(1)
  await scene.ends([run.id])
  await again.stop()
})
