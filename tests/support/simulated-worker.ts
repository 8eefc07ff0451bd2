/**
 * A worker without containers: it claims, waits for the grant and reports, over real AMQP. For tests of what the
 * dispatcher does, and for measuring it alone; whatever is about containers has a real worker.
 */
import {
  attemptFolder,
  controlQueue,
  exchanges,
  poolQueue,
  workerQueue,
  workerUser,
  type Finished,
  type Job,
  type Order,
  type Orders,
  type Resolved,
  type Token,
} from '@carya/contracts'
import { openBroker } from '@carya/amqp'
import { randomBytes } from 'node:crypto'
import { EventEmitter, on } from 'node:events'

export type SimulatedWorker = AsyncDisposable & {
  jobs: Job[]
  orders: Order[]
  /** the next order that fits, from now or before */
  order(fits: (order: Order) => boolean): Promise<Order>
  job(fits?: (job: Job) => boolean): Promise<Job>
  report(kind: string, of: Token, more?: object): void
  beat(attempts?: object[]): void
  /** beats with these fields from now on */
  say(fields: {
    unwell?: string | undefined
    draining?: boolean
    room?: object
    seq?: number
    policy?: object
    lookups?: object[] | undefined
  }): void
  /** Obeys the order to take no more jobs, or to take them again, and says so. */
  drain(isDraining: boolean): Promise<void>
}

export type SimulatedOptions = {
  cpus?: number
  /** bytes; a GiB for each CPU */
  memory?: number
  /** bytes; not rationed without it */
  disk?: number
  /** beats by itself, twice as often as it promises; it lists what it claimed */
  beatMs?: number
  prefetch?: number
  /** has room by its heartbeats, and takes no job (true: it does) */
  takes?: boolean
  /** finishes every granted attempt at once, and beats by itself */
  auto?: boolean
  /** with `auto`: what came of a job, beside what `finishedBody` says */
  result?: (job: Job) => Partial<Finished>
  /** with `auto`: hears of each order instead, and reports what it likes */
  onOrder?: (order: Order) => void
  /** keeps none of its jobs and orders, of which there may be millions */
  forgets?: boolean
  /** of its process */
  session?: string
  /** what it says of an image that it is asked for; else that it has it */
  resolves?: (order: Order & { do: 'resolve' }) => Partial<Resolved>
}

const BEAT_MS = 3000

/** Connects, beats once so that its queues are made, and consumes when they are. `url` has the worker's login. */
export async function simulateWorker(
  url: string,
  name: string,
  options: SimulatedOptions = {},
): Promise<SimulatedWorker> {
  const { cpus = 4, memory = cpus * 2 ** 30, prefetch = 64, takes = true, auto = false, onOrder } = options
  const { beatMs = auto ? BEAT_MS : undefined } = options
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  const broker = openBroker({ url, name: `simulated ${name}`, log: silent })
  const publisher = broker.openPublisher()
  const news = new EventEmitter().setMaxListeners(0)
  const jobs: Job[] = []
  const orders: Order[] = []
  const { session = randomBytes(8).toString('hex') } = options
  const size = { cpus, memory, ...(options.disk === undefined ? {} : { disk: options.disk }) }
  let said: object = {}
  let beats = 0

  const send = (exchange: string, body: object, persistent: boolean) => {
    const properties = { userId: workerUser(name) }
    // a report that is refused or lost shows in what the test waits for
    publisher
      .publish({ exchange, routingKey: '', body: Buffer.from(JSON.stringify(body)), persistent, properties })
      .catch(() => undefined)
  }
  const now = () => new Date().toISOString()
  const report = (kind: string, { run, attempt, nonce }: Token, more: object = {}) => {
    // listed from the claim on: a beat between claim and grant that lacks it would say that it was lost
    if (kind === 'claimed') hold({ run, attempt, nonce }, 'claimed')
    send(exchanges.reports, { v: 1, worker: name, at: now(), kind, run, attempt, nonce, ...more }, true)
  }
  const beat = (attempts: object[] = []) => {
    beats += 1
    const fixed = {
      v: 1,
      worker: name,
      pool: 'default',
      session,
      beat: beats,
      at: now(),
      interval: options.beatMs === undefined ? 5 : (2 * options.beatMs) / 1000,
      version: '0',
      seq: 0,
    }
    send(exchanges.heartbeats, { ...fixed, size, room: size, draining: false, attempts, ...said }, false)
  }
  // of one that works by itself: what its heartbeats list
  const held = new Map<string, object>()
  const beating = beatMs === undefined ? undefined : setInterval(() => beat([...held.values()]), beatMs)
  /** with `auto`: jobs in hand by their runs */
  const taken = new Map<string, Job>()
  const hold = ({ run, attempt, nonce }: Token, phase: string) =>
    held.set(run, { run, attempt, nonce, phase })
  const obey = (order: Order) => {
    if (!options.forgets) orders.push(order)
    if (order.do === 'granted') hold(order, 'running')
    if (order.do === 'settled' || order.do === 'refused') {
      held.delete(order.run)
      taken.delete(order.run)
    }
    if (onOrder) onOrder(order)
    else if (auto && order.do === 'granted') {
      const job = taken.get(order.run)
      if (job) {
        report('started', order, { container: 'none', startedAt: now() })
        report('finished', order, finishedBody({ folder: folderOf(job), ...options.result?.(job) }))
      }
    }
    if (order.do !== 'resolve') return
    const image = { name: order.image, digest: `sha256:${'0'.repeat(64)}`, by: 'id' }
    const answer = options.resolves?.(order) ?? { image }
    send(
      exchanges.reports,
      { v: 1, worker: name, at: now(), kind: 'resolved', request: order.request, ...answer },
      true,
    )
  }

  const queue = controlQueue(name)
  broker.openConsumer({
    queue,
    prefetch: 64,
    noAck: true,
    setup: async (channel) => {
      await channel.assertQueue(queue, { exclusive: true, durable: false })
      await channel.bindQueue(queue, exchanges.control, name)
      beat()
    },
    async handle({ body }) {
      const told: Orders = JSON.parse(body.toString())
      for (const order of told.orders) obey(order)
      news.emit('news')
      return 'ack'
    },
  })
  const queues = takes ? [poolQueue('default'), workerQueue('default', name)] : []
  const consumers = queues.map((each) =>
    broker.openConsumer({
      queue: each,
      prefetch,
      async handle({ body }) {
        const job: Job = JSON.parse(body.toString())
        if (!options.forgets) jobs.push(job)
        if (auto) {
          taken.set(job.run, job)
          report('claimed', job)
        }
        news.emit('news')
        return 'ack'
      },
    }),
  )
  await broker.ready()

  async function seen<T>(found: () => T | undefined): Promise<T> {
    const later = on(news, 'news', { signal: AbortSignal.timeout(90_000) })
    for (;;) {
      const already = found()
      if (already) {
        await later.return?.()
        return already
      }
      await later.next()
    }
  }

  const say = (fields: object) => {
    said = fields
    beat([...held.values()])
  }

  return {
    jobs,
    orders,
    order: (fits) => seen(() => orders.find(fits)),
    job: (fits = () => true) => seen(() => jobs.find(fits)),
    report,
    beat,
    say,
    async drain(isDraining) {
      for (const consumer of consumers) {
        if (isDraining) await consumer.pause()
        else consumer.resume()
      }
      say({ ...said, draining: isDraining })
    },
    async [Symbol.asyncDispose]() {
      clearInterval(beating)
      await broker[Symbol.asyncDispose]()
    },
  }
}

/** Where a job's attempt lies in the store. */
function folderOf(job: Job): string {
  const { ensemble, index } = job
  return attemptFolder(job, ensemble === undefined || index === undefined ? undefined : { ensemble, index })
}

/** The end of an attempt that went well. */
export function finishedBody(more: Partial<Finished> = {}): object {
  return {
    outcome: 'succeeded',
    finishedAt: new Date().toISOString(),
    exitCode: 0,
    metrics: { answer: 42 },
    outputs: [{ name: 'daily.csv', bytes: 7 }],
    outputsTotal: 1,
    logTail: '',
    folder: 'runs/none',
    ...more,
  }
}
