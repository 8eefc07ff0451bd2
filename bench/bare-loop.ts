/**
 * What the feed is measured against: one member after the other, each message confirmed and each commit on disk before
 * the next is begun. The messages and commits are the dispatcher's own (the same decisions, stores and libraries make
 * them), from the job to the end; what it does beside them (reading backlogs, heartbeats, sweeps, rows and records that
 * go to the store) is left out here.
 */
import { openBroker } from '@carya/amqp'
import { DISPATCHER_USER, newNonce, queues, Report, workerUser } from '@carya/contracts'
import { installOn, type Servers } from '../tests/support/installation.ts'
import { simulateWorker } from '../tests/support/simulated-worker.ts'
import { outgoing } from '../services/dispatcher/src/amqp/send.ts'
import { fixedTopology } from '../services/dispatcher/src/amqp/topology.ts'
import { workerQueues } from '../services/dispatcher/src/amqp/worker-queues.ts'
import { advance } from '../services/dispatcher/src/domain/ensemble-line.ts'
import type { EnsembleRecord, EnsembleSpec } from '../services/dispatcher/src/domain/ensemble-record.ts'
import type { Picked } from '../services/dispatcher/src/domain/fair-share.ts'
import { memberId } from '../services/dispatcher/src/domain/member.ts'
import { render } from '../services/dispatcher/src/domain/messages.ts'
import type { RunRecord } from '../services/dispatcher/src/domain/record.ts'
import { decide, type RunEvent } from '../services/dispatcher/src/domain/run.ts'
import { eventOf } from '../services/dispatcher/src/handlers/apply-report.ts'
import { makeMembers } from '../services/dispatcher/src/handlers/make-members.ts'
import type { Backlog } from '../services/dispatcher/src/ports.ts'
import { connect, openRedis } from '../services/dispatcher/src/redis/client.ts'
import type { OutEntry } from '../services/dispatcher/src/redis/commit.ts'
import { keys } from '../services/dispatcher/src/redis/keys.ts'
import { KnownRuns } from '../services/dispatcher/src/redis/known-runs.ts'
import type { Outbox } from '../services/dispatcher/src/redis/outbox.ts'
import { openPools } from '../services/dispatcher/src/redis/pools.ts'
import { openRuns } from '../services/dispatcher/src/redis/runs.ts'

/** An ensemble as the dispatcher accepted it: what the members are made of. */
export type Whole = { record: EnsembleRecord; spec: EnsembleSpec }

export type BareLoop = AsyncDisposable & {
  /** So many members, one after the other; members a second. */
  run(members: number): Promise<number>
}

const HOST = 'bare'
const retention = { seconds: 3600 }
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

export async function openBareLoop(servers: Servers, { record, spec }: Whole): Promise<BareLoop> {
  const stack = new AsyncDisposableStack()
  const installation = stack.use(await installOn(servers))
  const redis = openRedis(installation.redisUrl, 'bare loop')
  await connect(redis, AbortSignal.timeout(10_000))
  stack.defer(() => redis.disconnect())
  const url = installation.amqpUrl(DISPATCHER_USER)
  const broker = stack.use(openBroker({ url, name: 'bare loop', log: silent }))
  broker.declare(fixedTopology())
  workerQueues(broker).welcome(record.pool, HOST, true)
  await broker.ready()
  const publishers = { jobs: broker.openPublisher(), world: broker.openPublisher() }

  async function publish({ message, seq }: OutEntry): Promise<void> {
    if (message.lane !== 'records') await publishers[message.lane].publish(outgoing(message, seq))
  }
  /** what the last commit caused */
  let caused: readonly OutEntry[] = []
  const outbox: Outbox = {
    send: (entries) => void (caused = entries),
    relay: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
  async function publishCaused(): Promise<void> {
    for (const entry of caused) {
      await publish(entry)
      // nobody waits for it here, nor does the dispatcher
      redis.xdel(keys.outbox(entry.message.lane), entry.id).catch(() => undefined)
    }
  }
  const runs = openRuns(redis, outbox, retention, new KnownRuns())
  const pools = openPools(redis, outbox, retention, new KnownRuns())
  const tables = { read: async () => ({ unreadable: 'there is no table' }) }
  const now = () => new Date().toISOString()
  const clock = { now: Date.now, iso: now }
  const make = makeMembers({ ensembles: { spec: async () => spec }, tables, clock })

  let ensemble: EnsembleRecord = { ...record, cursor: 0 }
  await redis.hset(keys.ensemble(record.id), 'version', record.version, 'record', JSON.stringify(record))
  let poolVersion = ''
  let member: RunRecord | undefined
  let memberEnded = Promise.withResolvers<void>()

  function decided(run: RunRecord, event: RunEvent) {
    const decision = decide(run, event, now(), Math.random())
    if ('refused' in decision) throw new Error(`the bare loop goes wrong: ${decision.refused}`)
    return { after: decision.run, out: render(decision.run, decision.effects, installation.name, now()) }
  }

  async function feed(index: number): Promise<void> {
    const fresh = { ensemble, index, isAgain: false }
    const made = (await make([fresh])).get(memberId(ensemble.id, index))!
    const fed = decided(made, { type: 'fed', nonce: newNonce() })
    const advanced = advance(ensemble, [fresh], now())
    if ((await pools.feed(backlogOf(poolVersion), pickedOf(made, index), [fed], [advanced])) !== 'done')
      throw new Error('the bare loop met a conflict')
    poolVersion = String(Number(poolVersion || 0) + 1)
    ensemble = advanced.after
    member = fed.after
    await publishCaused()
  }

  // the commit looks at pool and version alone
  const backlogOf = (version: string): Backlog => ({
    pool: record.pool,
    version,
    arrivals: '',
    queued: [],
    running: [],
    virtual: 0,
    turns: [],
    shares: [],
    isCut: false,
    beyond: new Map(),
    heads: new Map(),
    fresh: new Map(),
    strays: [],
    idle: [],
  })

  function pickedOf({ submitter }: RunRecord, virtual: number): Picked {
    const line = { name: ensemble.id, priority: 0, virtual, head: [] }
    const share = { submitter, virtual, clock: virtual, lines: [line] }
    return { picks: [], passed: [], turns: [], virtual, shares: [share], end: 'most' }
  }

  async function apply(report: Report): Promise<void> {
    if (report.kind === 'resolved' || report.kind === 'held' || !member || report.run !== member.id) return
    const before = member
    const { after, out } = decided(before, eventOf(report))
    if ((await runs.change(before, after, out)) !== 'done') throw new Error('the bare loop met a conflict')
    member = after
    await publishCaused()
    if (after.endedAt !== undefined) memberEnded.resolve()
  }

  broker.openConsumer({
    queue: queues.reports,
    prefetch: 1,
    async handle({ body }) {
      try {
        await apply(Report.parse(JSON.parse(body.toString())))
      } catch (err) {
        memberEnded.reject(err)
      }
      return 'ack'
    },
  })
  await installation.permitWorker(HOST)
  stack.use(await simulateWorker(installation.amqpUrl(workerUser(HOST)), HOST, { auto: true, forgets: true }))

  return {
    async run(members) {
      const begin = performance.now()
      for (let left = members; left > 0; left -= 1) {
        memberEnded = Promise.withResolvers()
        await feed(ensemble.cursor)
        await memberEnded.promise
      }
      return (members / (performance.now() - begin)) * 1000
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
