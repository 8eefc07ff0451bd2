/** Wires the worker: every part is built here by hand, and torn down in reverse order. Models are left running. */
import './host/threads.ts'
import { openBroker } from '@carya/amqp'
import { ConfigError, seconds } from '@carya/contracts/settings'
import { openStore } from '@carya/store'
import { setMaxListeners } from 'node:events'
import { join } from 'node:path'
import { pino } from 'pino'
import { openControl } from './amqp/control.ts'
import { Intake } from './amqp/intake.ts'
import { openBeats, openReports } from './amqp/send.ts'
import { Sequence } from './amqp/sequence.ts'
import { readConfig, type Config } from './config.ts'
import { openDocker } from './docker/open-docker.ts'
import { adoptWithName } from './handlers/adopt-containers.ts'
import { Heart } from './handlers/beat.ts'
import { Condition } from './handlers/condition.ts'
import { finishAttempt } from './handlers/finish-attempt.ts'
import { followAttempt } from './handlers/follow-attempt.ts'
import { guardOutputs } from './handlers/guard-outputs.ts'
import { Holdings } from './handlers/held.ts'
import { openLaunches } from './handlers/launches.ts'
import { obeyOrders } from './handlers/obey-orders.ts'
import { resolveImage, type Lookups } from './handlers/resolve-image.ts'
import { runAttempt } from './handlers/run-attempt.ts'
import { Standing } from './handlers/standing.ts'
import { takeJob } from './handlers/take-job.ts'
import { tellHeld } from './handlers/tell-held.ts'
import { watchSpace } from './handlers/watch-space.ts'
import { readBootId } from './host/boot-id.ts'
import { clock } from './host/clock.ts'
import { openCache } from './host/cache/cache.ts'
import { readHostPolicy, withinEngine } from './host/host-policy.ts'
import { openLogs } from './host/logs.ts'
import { OutputsReader } from './host/outputs.ts'
import { awaitOwnStore } from './host/own-store.ts'
import { openPreparation } from './host/preparation.ts'
import { openProvenances } from './host/provenance.ts'
import { FETCHES } from './host/threads.ts'
import { openTurns } from './turns.ts'
import { version } from './version.ts'

const OUTPUTS_DEADLINE_MS = 60_000
/** How long it is waited, at a stop, for reports that are being made; and then for a store that hangs. */
const LEAVE_SECONDS = 5

/** `leave` ends the process as one that is to be started again. */
async function main(config: Config, stop: AbortSignal, leave: (reason: string) => void): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const { CARYA_WORKER: worker, CARYA_POOL: pool, CARYA_INSTALLATION: installation } = config
  const log = pino({ level: config.CARYA_LOG_LEVEL, base: { component: 'worker', worker } })
  const given = await readHostPolicy(config.CARYA_POLICY)
  const stopped = new Promise<void>((done) => stop.addEventListener('abort', () => done(), { once: true }))

  const store = await openStore(config.CARYA_STORE)
  await awaitOwnStore({ store, installation, log }, stop)
  const bootId = await readBootId()
  const socketPath = config.CARYA_DOCKER_SOCKET
  const onStale = () => leave('the engine was restarted, and has another socket')
  const dockerConfig = config.CARYA_DOCKER_CONFIG
  const docker = stack.use(
    await openDocker({ socketPath, installation, worker, bootId, dockerConfig, onStale, log }, stop),
  )
  const { containers, facts } = docker
  if (!facts.liveRestore) log.warn('live-restore is off: models end when the engine is restarted')
  const { policy, lacking } = withinEngine(given, facts.runtimes)
  if (lacking.length > 0) log.warn({ lacking }, 'the policy allows runtimes that the engine does not have')
  const broker = stack.use(openBroker({ url: config.CARYA_AMQP_URL, name: `carya worker ${worker}`, log }))
  // heartbeats have a channel of their own: they never wait behind reports
  const reports = openReports(broker.openPublisher(), worker)
  const beats = openBeats(broker.openPublisher(), worker)

  const { CARYA_WORKER_CPUS: cpus = facts.cpus, CARYA_WORKER_MEMORY: memory = facts.memory } = config
  const { CARYA_WORKER_DISK: disk } = config
  const holdings = new Holdings({ cpus, memory, disk })
  const standing = new Standing()
  const sequence = new Sequence()
  const launches = openLaunches(facts.cpus)
  const logs = openLogs(containers, config.CARYA_MAX_LOG)
  const outputs = stack.use(new OutputsReader({ root: store.root, deadlineMs: OUTPUTS_DEADLINE_MS, log }))
  const fetches = openTurns(FETCHES)
  const cache = await openCache({
    root: config.CARYA_CACHE ?? join(store.root, 'cache', worker),
    size: config.CARYA_CACHE_SIZE,
    limit: config.CARYA_MAX_INPUT,
    allowPrivateUrls: config.CARYA_ALLOW_PRIVATE_URLS === 'yes',
    bootId,
    fetches,
    log,
  })
  const preparation = openPreparation({
    store,
    cache,
    fileRoots: config.CARYA_FILE_ROOTS,
    limit: config.CARYA_MAX_INPUT,
    fetches,
    host: {
      installation,
      worker,
      cpus: facts.cpus,
      user: store.modelOwner,
      fileBytes: config.CARYA_MAX_FILE,
      logBytes: config.CARYA_MAX_LOG,
      bootId,
      liveRestore: facts.liveRestore,
      ...(policy?.runtime === undefined ? {} : { runtime: policy.runtime }),
    },
  })

  const { name, kernel, architecture } = facts
  const maker = { pool, engine: { name, version: facts.version, kernel, architecture }, version }
  const provenances = openProvenances({ maker, preparation })

  const condition = new Condition({
    holdings,
    standing,
    clock,
    pause: seconds(config.CARYA_UNWELL_PAUSE),
    log,
  })
  const inputs = cache.attempts
  const guard = guardOutputs({ outputs, clock, mostOutputs: config.CARYA_MAX_OUTPUTS })
  const shared = {
    worker,
    holdings,
    containers,
    reports,
    store,
    clock,
    log,
    condition,
    preparation,
    inputs,
    guard,
  }
  const finish = finishAttempt({ ...shared, outputs, logs, provenances, maker })
  const follow = followAttempt({ ...shared, logs })
  const attempts = runAttempt({ ...shared, launches, follow, finish, leaving: stop })
  stack.use(watchSpace({ outputs, standing, clock, least: config.CARYA_LEAST_DISK, log }))
  const lookups: Lookups = new Map()
  const heart = stack.use(new Heart({ ...shared, pool, beats, sequence, standing, policy, lookups }))
  const take = takeJob({ ...shared, begin: attempts.begin, standing, policy })
  const resolve = resolveImage({ ...shared, lookups, pulls: () => heart.soon() })
  const obey = obeyOrders({
    ...shared,
    attempts,
    finish,
    resolve,
    standing,
    heart,
    tellHeld: tellHeld(shared),
  })

  const control = openControl({ broker, worker, obey, onLock: (lock) => standing.named(lock), sequence, log })
  stack.use(control)
  await Promise.race([adoptWithName({ ...shared, attempts, standing, policy }), stopped])
  if (!stop.aborted) {
    const tokens = holdings.all().map(({ token }) => token)
    await cache.sweep(tokens).catch((err: unknown) => log.warn({ err }, 'the cache was not swept'))
    stack.use(new Intake({ broker, pool, worker, holdings, take, standing, sequence, log }))
    const held = holdings.all().length
    log.info({ pool, installation, size: holdings.size, engine: facts.version, held }, 'worker is ready')
  }
  await stopped
  standing.leave()
  await Promise.race([finish.idle(), new Promise<void>((late) => clock.after(LEAVE_SECONDS, late))])
  log.info({ reason: String(stop.reason), held: holdings.all().length }, 'worker stops; models run on')
}

const stop = new AbortController()
setMaxListeners(0, stop.signal)
for (const name of ['SIGTERM', 'SIGINT'] as const)
  process.on(name, () => (stop.signal.aborted ? process.exit(1) : stop.abort(name)))
const leave = (reason: string): void => {
  process.exitCode = 1
  stop.abort(reason)
}
try {
  await main(readConfig(process.env), stop.signal, leave)
} catch (err) {
  if (stop.signal.aborted) process.exitCode ??= 0
  else if (err instanceof ConfigError) {
    process.stderr.write(`${err.message}\n`)
    process.exitCode = 78
  } else throw err
} finally {
  // a call to a store that hangs would keep the process until the store answers
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), LEAVE_SECONDS * 1000).unref()
}
