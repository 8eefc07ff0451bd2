/** Wires the worker: every part is built here by hand, and torn down in reverse order. Models are left running. */
import { openBroker, type Delivery } from '@carya/amqp'
import { SEQ_HEADER } from '@carya/contracts'
import { openStore } from '@carya/store'
import { randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { pino } from 'pino'
import { openControl } from './amqp/control.ts'
import { Intake } from './amqp/intake.ts'
import { openBeats, openReports } from './amqp/send.ts'
import { ConfigError, readConfig, type Config } from './config.ts'
import { openContainers, ownFilter } from './docker/containers.ts'
import { enforcesSelinux, readEngine } from './docker/engine-facts.ts'
import { openEngine } from './docker/engine.ts'
import { Watch } from './docker/watch.ts'
import { adoptContainers } from './handlers/adopt-containers.ts'
import { Heart } from './handlers/beat.ts'
import { finishAttempt } from './handlers/finish-attempt.ts'
import { followAttempt } from './handlers/follow-attempt.ts'
import { Holdings } from './handlers/held.ts'
import { openLaunches } from './handlers/launches.ts'
import { obeyOrders } from './handlers/obey-orders.ts'
import { resolveImage } from './handlers/resolve-image.ts'
import { runAttempt } from './handlers/run-attempt.ts'
import { takeJob } from './handlers/take-job.ts'
import { readBootId } from './host/boot-id.ts'
import { clock } from './host/clock.ts'
import { openLogs } from './host/logs.ts'
import { OutputsReader } from './host/outputs.ts'
import { openPreparation, withMember } from './host/preparation.ts'
import { version } from './version.ts'

const OUTPUTS_DEADLINE_MS = 60_000

async function main(config: Config, stop: AbortSignal): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const { CARYA_WORKER: worker, CARYA_POOL: pool, CARYA_INSTALLATION: installation } = config
  const log = pino({ level: config.CARYA_LOG_LEVEL, base: { component: 'worker', worker } })
  const leaving = new AbortController()
  setMaxListeners(0, leaving.signal)
  stack.defer(() => leaving.abort(new Error('the worker leaves')))

  const store = await openStore(config.CARYA_STORE)
  const bootId = await readBootId()
  const engine = openEngine(config.CARYA_DOCKER_SOCKET, log, leaving.signal)
  const facts = await readEngine(engine)
  const isRelabelling = await enforcesSelinux(engine)
  const labels = ownFilter(installation, worker)
  const watch = stack.use(new Watch({ engine, labels, bootId, log }))
  const containers = openContainers({ engine, watch, installation, worker, isRelabelling })
  const size = {
    cpus: config.CARYA_WORKER_CPUS ?? facts.cpus,
    memory: config.CARYA_WORKER_MEMORY ?? facts.memory,
  }
  if (!facts.liveRestore) log.warn('live-restore is off: models end when the engine is restarted')

  const broker = stack.use(openBroker({ url: config.CARYA_AMQP_URL, name: `carya worker ${worker}`, log }))
  const reports = openReports(broker.openPublisher(), worker)
  const beats = openBeats(broker.openPublisher(), worker)

  const holdings = new Holdings(size)
  const life = { isReady: false, hasName: false, draining: false, seq: 0 }
  const logs = openLogs(containers)
  const outputs = stack.use(new OutputsReader({ root: store.root, deadlineMs: OUTPUTS_DEADLINE_MS, log }))
  const finish = finishAttempt({ worker, reports, outputs, logs, clock, log })
  const preparation = openPreparation({
    store,
    fileRoots: config.CARYA_FILE_ROOTS,
    allowPrivateUrls: config.CARYA_ALLOW_PRIVATE_URLS === 'yes',
    limit: config.CARYA_MAX_INPUT,
    host: {
      installation,
      worker,
      cpus: facts.cpus,
      user: store.modelOwner,
      fileBytes: config.CARYA_MAX_FILE,
      bootId,
      liveRestore: facts.liveRestore,
    },
  })
  const attempts = runAttempt({
    worker,
    holdings,
    containers,
    preparation,
    reports,
    launches: openLaunches(facts.cpus),
    clock,
    follow: followAttempt({ containers, logs, clock }),
    finish: (held) => finish.finish(held),
    leaving: leaving.signal,
    log,
  })
  const self = { worker, pool, session: randomBytes(8).toString('hex'), version }
  const heart = stack.use(
    new Heart({ self, holdings, beats, clock, seq: () => life.seq, draining: () => life.draining }),
  )
  const closed = () => (life.draining ? 'draining' : life.isReady && life.hasName ? undefined : 'not ready')
  const take = takeJob({ worker, holdings, reports, store, clock, begin: attempts.begin, closed, log })
  const seen = ({ properties }: Delivery) => {
    const seq: unknown = properties.headers?.[SEQ_HEADER]
    if (typeof seq === 'number') life.seq = Math.max(life.seq, seq)
  }
  const isOpen = () => closed() === undefined && !stop.aborted
  const intake = stack.use(new Intake({ broker, pool, worker, holdings, take, isOpen, seen, log }))
  const drain = () => {
    life.draining = true
    log.info('draining: no more jobs are taken')
    intake.adjust()
    heart.soon()
  }
  const resolve = resolveImage({ worker, containers, reports, clock })
  const beatSoon = () => heart.soon()
  const obey = obeyOrders({
    worker,
    holdings,
    attempts,
    finish,
    reports,
    clock,
    resolve,
    drain,
    beatSoon,
    log,
  })

  const named = Promise.withResolvers<void>()
  const onLock = (isHeld: boolean) => {
    life.hasName = isHeld
    if (isHeld) named.resolve()
    if (life.isReady) intake.adjust()
    if (isHeld) heart.soon()
  }
  const ended = new Promise<void>((done) => stop.addEventListener('abort', () => done(), { once: true }))
  stack.use(openControl({ broker, worker, obey, onLock, seen, log }))
  await Promise.race([named.promise, ended])
  if (!stop.aborted) {
    await adoptContainers({ worker, containers, holdings, attempts, reports, store, clock, withMember, log })
    life.isReady = true
    heart.start()
    intake.adjust()
    log.info(
      { pool, installation, size, engine: facts.version, held: holdings.all().length },
      'worker is ready',
    )
  }
  await ended
  log.info({ reason: String(stop.reason), left: holdings.all().length }, 'worker stops; models run on')
}

const stop = new AbortController()
setMaxListeners(0, stop.signal)
for (const name of ['SIGTERM', 'SIGINT'] as const)
  process.on(name, () => (stop.signal.aborted ? process.exit(1) : stop.abort(name)))
try {
  await main(readConfig(process.env), stop.signal)
} catch (err) {
  if (!(err instanceof ConfigError)) throw err
  process.stderr.write(`${err.message}\n`)
  process.exitCode = 78
}
