/**
 * The dispatcher's side of a worker, played by the test over real AMQP: it marks the store, declares the topology,
 * offers jobs, hears reports and heartbeats, and gives the orders that the test wants.
 */
import { openBroker, type Declaration, type Delivery } from '@carya/amqp'
import {
  DISPATCHER_USER,
  exchangeDeclarations,
  exchanges,
  Heartbeat,
  jobQueue,
  newId,
  newNonce,
  poolQueue,
  queueDeclarations,
  queues,
  Report,
  workerQueue,
  type Finished,
  type Job,
  type Order,
  type QueueDeclaration,
  type Token,
} from '@carya/contracts'
import { openStore } from '@carya/store'
import { EventEmitter, on } from 'node:events'
import type { Installation } from '../../support/stack.ts'
import { testImage } from '../../support/test-image.ts'

export type Heard = { report: Report; userId: string | undefined }
/** A report about an attempt. */
type OfAttempt = Exclude<Report, { kind: 'resolved' }>
export type Director = Awaited<ReturnType<typeof direct>>

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** With `isGranting` every claim is granted at once, and every end settled. */
export async function direct(installation: Installation, { isGranting = true, pool = 'default' } = {}) {
  const image = await testImage()
  const store = await openStore(installation.store)
  await store.writeSequence(installation.name, 0)
  const broker = openBroker({ url: installation.amqpUrl(DISPATCHER_USER), name: 'director', log: silent })
  const publisher = broker.openPublisher()
  const reports: Heard[] = []
  const beats: Heartbeat[] = []
  const news = new EventEmitter().setMaxListeners(0)
  const mode = { isGranting, isSettling: isGranting }
  /** of the jobs offered, by their nonces */
  const leases = new Map<string, number>()

  broker.declare(
    exchangeDeclarations.map(
      ({ name, type }) =>
        (channel) =>
          channel.assertExchange(name, type, { durable: true }),
    ),
  )
  const declare = ({ name, arguments: args, bindings }: QueueDeclaration) =>
    broker.declare([
      (channel) => channel.assertQueue(name, { durable: true, arguments: args }),
      ...bindings.map(
        ({ exchange, key }): Declaration =>
          (channel) =>
            channel.bindQueue(name, exchange, key),
      ),
    ])
  queueDeclarations.forEach(declare)
  declare(jobQueue(poolQueue(pool)))

  const order = (worker: string, ...orders: Order[]) =>
    publisher.publish({
      exchange: exchanges.control,
      routingKey: worker,
      body: Buffer.from(JSON.stringify({ v: 1, worker, orders })),
      mandatory: false,
    })
  const hear = async ({ body, userId }: Delivery) => {
    const report = Report.parse(JSON.parse(body.toString()))
    reports.push({ report, userId })
    if (mode.isGranting && report.kind === 'claimed')
      await order(report.worker, grant({ ...tokenOf(report), lease: leases.get(report.nonce) }))
    if (mode.isSettling && report.kind === 'finished') await order(report.worker, settle(report))
    news.emit('news')
    return 'ack' as const
  }
  broker.openConsumer({ queue: queues.reports, prefetch: 64, handle: hear })
  broker.openConsumer({
    queue: queues.heartbeats,
    prefetch: 64,
    async handle({ body }) {
      beats.push(Heartbeat.parse(JSON.parse(body.toString())))
      news.emit('news')
      return 'ack'
    },
  })
  await broker.ready()

  const about = (of: Token): OfAttempt[] =>
    reports.flatMap(({ report }) =>
      report.kind !== 'resolved' && report.run === of.run && report.nonce === of.nonce ? [report] : [],
    )

  async function seen<T>(what: string, look: () => T | undefined, timeoutMs = 90_000): Promise<T> {
    const signal = AbortSignal.timeout(timeoutMs)
    const later = on(news, 'news', { signal })
    for (;;) {
      const now = look()
      if (now !== undefined) {
        await later.return?.()
        return now
      }
      await later.next().catch(() => {
        throw new Error(
          `waited ${timeoutMs} ms in vain for ${what}; heard: ${JSON.stringify(reports.map((each) => each.report))}`,
        )
      })
    }
  }

  return {
    reports,
    beats,
    mode,
    order,
    broker,
    seen,
    /** Declares a worker's own queue, as the dispatcher does when it has heard the worker. */
    welcome: (worker: string) => declare(jobQueue(workerQueue(pool, worker))),
    /** A job that runs this shell script; `more` changes anything of it. */
    job: (script: string, more: Partial<Job> = {}): Job => ({
      v: 1,
      run: newId('r'),
      attempt: 1,
      nonce: newNonce(),
      submitter: 'tests',
      model: 'shell@1',
      image: { name: 'carya/test-model:busybox', digest: image, by: 'id' },
      command: ['/bin/sh', '-c', script],
      params: {},
      inputs: {},
      files: [],
      resources: { cpus: 1, memory: 64 * 2 ** 20 },
      timeout: 60,
      lease: 60,
      pool,
      needs: [],
      queuedAt: new Date().toISOString(),
      ...more,
    }),
    async offer<T extends Token & { lease?: number }>(job: T, queue = poolQueue(pool)): Promise<T> {
      if (job.lease !== undefined) leases.set(job.nonce, job.lease)
      await publisher.publish({
        exchange: exchanges.jobs,
        routingKey: queue,
        body: Buffer.from(JSON.stringify(job)),
        properties: { contentType: 'application/json', headers: { 'carya-seq': 7 } },
      })
      return job
    },
    /** The first report of this kind about an attempt, past or to come. */
    report: (kind: OfAttempt['kind'], of: Token, timeoutMs?: number): Promise<OfAttempt> =>
      seen(`${kind} of ${of.run}`, () => about(of).find((each) => each.kind === kind), timeoutMs),
    finished: (of: Token, timeoutMs?: number): Promise<Finished> =>
      seen(`finished of ${of.run}`, () => about(of).find((each) => each.kind === 'finished'), timeoutMs),
    /** All reports about an attempt so far. */
    about,
    /** The first heartbeat from now on that fits. */
    beat(fits: (beat: Heartbeat) => boolean, timeoutMs?: number): Promise<Heartbeat> {
      const from = beats.length
      return seen('a heartbeat', () => beats.slice(from).find(fits), timeoutMs)
    },
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  }
}

export function tokenOf({ run, attempt, nonce }: Token): Token {
  return { run, attempt, nonce }
}
/** With the job's own lease, where that is known. */
export const grant = (of: Token & { lease?: number | undefined }): Order => ({
  do: 'granted',
  ...tokenOf(of),
  lease: of.lease ?? 60,
})
export const settle = (of: Token): Order => ({ do: 'settled', ...tokenOf(of) })
