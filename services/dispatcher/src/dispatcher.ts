/**
 * Wires the dispatcher: every part is built here by hand, and torn down in reverse order. First what it needs of the
 * world, then what decides and does, and last the doors: queues, timers and HTTP.
 */
import { openBroker } from '@carya/amqp'
import { seconds } from '@carya/contracts/settings'
import { openStore } from '@carya/store'
import { pino } from 'pino'
import { openConsumers } from './amqp/consumers.ts'
import { isDropped, outgoing, publishExpiry, sendOrders } from './amqp/send.ts'
import { fixedTopology } from './amqp/topology.ts'
import { workerQueues } from './amqp/worker-queues.ts'
import { calmStore } from './calm-store.ts'
import { ensembleMaking, wireEnsembles } from './ensembles.ts'
import type { Config } from './config.ts'
import { acceptRequest } from './handlers/accept-request.ts'
import { applyHeartbeat } from './handlers/apply-heartbeat.ts'
import { applyReport } from './handlers/apply-report.ts'
import { endedRuns, recordWriter } from './ended-runs.ts'
import { cancelRun } from './handlers/cancel-run.ts'
import { changeRun } from './handlers/change-run.ts'
import { drainWorker } from './handlers/drain-worker.ts'
import { dropPools } from './handlers/drop-pools.ts'
import { explainRun } from './handlers/explain-run.ts'
import { feedPools } from './handlers/feed-pool.ts'
import { forgetWorkers } from './handlers/forget-worker.ts'
import { rebuildRun } from './handlers/rebuild-run.ts'
import { recallJobs } from './handlers/recall-jobs.ts'
import { reconcile } from './handlers/reconcile.ts'
import { reproduceRun } from './handlers/reproduce-run.ts'
import { sweep } from './handlers/sweep.ts'
import { httpConfig } from './http/config.ts'
import { openHttp } from './http/server.ts'
import { listening, type Listening } from './listening.ts'
import { offerModels } from './offer-models.ts'
import { offer } from './offer.ts'
import type { Gate } from './ports.ts'
import { provenances } from './provenances.ts'
import { openRecovering } from './recovering.ts'
import { isAway } from './redis/client.ts'
import { brokerWord, openState } from './redis/state.ts'
import { openTimers } from './timers/timers.ts'

/** Runs until `stop` is aborted. Throws where Redis goes away while the parts are opened; nothing is left open then. */
export async function runDispatcher(config: Config, stop: AbortSignal): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const log = pino({ level: config.CARYA_LOG_LEVEL, base: { component: 'dispatcher' } })
  const store = calmStore(await openStore(config.CARYA_STORE))
  const broker = stack.use(openBroker({ url: config.CARYA_AMQP_URL, name: 'carya dispatcher', log }))
  broker.declare(fixedTopology())
  // replies and events have a channel of their own: jobs and orders never wait behind them
  const jobs = broker.openPublisher()
  const world = broker.openPublisher()
  const orders = sendOrders(jobs, log)

  const writeRecord = recordWriter(store, log)
  const send = async (message: Parameters<typeof outgoing>[0], seq: number, signal: AbortSignal) => {
    if (message.lane === 'records') return writeRecord(message.body, seq)
    await (message.lane === 'jobs' ? jobs : world).publish(outgoing(message, seq), signal)
  }
  const retentionSeconds = seconds(config.CARYA_RETENTION)
  // heard of later, when there is a consumer to hear with
  const heard: { listening?: Listening } = {}
  const listeningSince = () => heard.listening?.since()
  const silence = (lastBeat: number) => heard.listening?.silence(lastBeat) ?? 0
  const state = stack.use(
    await openState({
      url: config.CARYA_REDIS_URL,
      send,
      isDropped,
      retentionSeconds,
      log,
      stop,
      silence,
    }),
  )
  const { runs, ensembles, models, workers, pools, feed, clock, resolutions, liveSets, mended, recoveries } =
    state
  const installation = config.CARYA_INSTALLATION

  const gate: Gate = { isOpen: () => watch.isOpen(), isRecovering: () => watch.isRecovering() }
  const { files, make } = ensembleMaking({ store, config, ensembles, clock, stop })
  const memberEnded = (ensemble: string) => whole.touched(ensemble)
  const feeder = feedPools({ pools, make, workers, clock, installation, log, gate, memberEnded })
  const { poke, cameBack, taken, declined, workersChanged } = feeder
  const timers = { wakeAt: (_time: string): void => undefined }
  const wakeAt = (time: string) => timers.wakeAt(time)
  const patience = { hosts: config.CARYA_MOST_HOSTS, faults: config.CARYA_MOST_HOST_FAULTS }
  const common = { runs, clock, installation, poke, full: state.full }
  const change = changeRun({
    ...common,
    orders,
    cameBack,
    taken,
    declined,
    wakeAt,
    patience,
    memberEnded,
  })
  const whole = wireEnsembles({
    ...common,
    ensembles,
    models,
    feed,
    files,
    make,
    change,
    store,
    gate,
    log,
  })
  stack.use(whole.tender)
  const { welcome, forget: deleteQueue } = workerQueues(broker)
  const known = await workers.all()
  for (const { pool, name } of known) welcome(pool, name, true)
  const ended = endedRuns(store)
  const watch = stack.use(
    await openRecovering({
      recoveries,
      runs,
      models,
      ended,
      restoreEnsembles: whole.restore,
      change,
      orders,
      clock,
      log,
      listeningSince,
      store,
      installation,
      leastSeconds: seconds(config.CARYA_RECOVERY),
      workers: known,
      forgetKnown: state.forgetKnown,
      isUp: state.isUp,
      onCommit: state.onCommit,
      onConnection: state.onChange,
      onOpen() {
        feeder.pokeAll().catch(() => undefined)
        look().catch((err: unknown) => log.warn({ err }, 'not reconciled yet: the timer does it'))
      },
    }),
  )
  const accept = watch.guarded(acceptRequest({ ...common, models, wakeAt }))
  const reproduce = watch.guarded(
    reproduceRun({ ...common, ended, findMember: whole.find, provenances: provenances(store) }),
  )
  const cancel = watch.guarded(cancelRun({ runs, ended, change, cancelEnsemble: whole.ask.cancel }))
  const acceptEnsemble = watch.guarded(whole.accept)
  const rebuild = rebuildRun({
    runs,
    ended,
    recoveries,
    change,
    clock,
    installation,
    log,
    check: watch.check,
    ahead: watch.ahead,
  })
  const { answer: resolved } = resolutions
  const apply = applyReport({ change, workers, resolved, listeningSince, gate, rebuild, orders, clock, log })
  const unheard = (why: string) => heard.listening?.anew(why)
  const beat = applyHeartbeat({
    runs,
    workers,
    feed,
    orders,
    change,
    clock,
    welcome,
    workersChanged,
    unheard,
    ended,
    recover: watch,
    log,
  })
  const ofModels = offerModels({ models, workers, orders, answered: resolutions.answered, ...common })
  const leaving = { workers, pools, deleteQueue, workersChanged, clock, retentionSeconds, log }
  const forgetting = forgetWorkers(leaving)
  const sweeps = sweep({
    runs,
    ensembles,
    tender: whole.tender,
    workers,
    change,
    feeder,
    orders,
    clock,
    log,
    listeningSince,
    gate,
    expire: (report) => publishExpiry(jobs, report),
    recall: recallJobs({ pools, runs, workers, change, log }),
    forgetWorkers: forgetting.gone,
    dropPools: dropPools({ pools, workers }),
    retentionSeconds,
  })

  const mend = reconcile({
    runs,
    pools,
    liveSets,
    jobQueues: broker,
    mended,
    change,
    poke,
    clock,
    log,
    graceSeconds: seconds(config.CARYA_QUEUED_GRACE),
    isFlowing: () => broker.state().publish === 'up',
  })
  const look = async () => (gate.isOpen() ? mend() : undefined)

  const handlers = { accept, acceptEnsemble, cancel, apply, beat, change }
  const { requests, heartbeats, others } = openConsumers({
    broker,
    ...handlers,
    publisher: world,
    isAway,
    log,
  })
  const lastHeard = known.length === 0 ? undefined : Math.max(...known.map((worker) => worker.lastBeat))
  heard.listening = stack.use(listening({ broker, heartbeats, now: clock.now, lastHeard, log }))
  clock.onStep((stepMs) => {
    log.warn({ stepMs }, 'Redis’ clock was set: leases are counted anew')
    heard.listening?.anew('Redis’ clock was set', stepMs)
  })
  clock.onStall((stalledMs) => heard.listening?.anew('Redis gave no answer', stalledMs))
  watch.govern({ requests, others })
  stack.defer(() => feeder.idle())

  Object.assign(
    timers,
    stack.use(
      await openTimers({
        url: config.CARYA_REDIS_URL,
        now: clock.now,
        due: sweeps.due,
        recurring: {
          sweep: {
            everyMs: seconds(config.CARYA_SWEEP) * 1000,
            work: () => Promise.all([clock.adjust(), sweeps.all()]).then(() => undefined),
          },
          reconcile: { everyMs: seconds(config.CARYA_RECONCILE) * 1000, work: look },
        },
        heeded: state.heeded,
        lost: () => mended.count('lost-sweep'),
        log,
      }),
    ),
  )
  const readiness = state.readiness(() => broker.state(), watch.isRecovering)
  const explain = explainRun({
    runs,
    ended,
    findMember: whole.find,
    ensembles,
    pools,
    workers,
    feeder,
    clock,
    full: state.full,
    recovering: watch.recoveringSince,
    broker: () => brokerWord(broker.state()),
  })
  const api = offer({
    runs,
    ensembles,
    storedEnsembles: whole.stored,
    acceptEnsemble,
    previewEnsemble: whole.preview,
    askEnsemble: whole.ask,
    analyse: whole.analyse,
    findMember: whole.find,
    ofModels,
    workers,
    feed,
    orders,
    accept,
    reproduce,
    cancel,
    explain,
    drain: drainWorker({ workers, orders, workersChanged }),
    forget: forgetting.one,
    readiness,
    ended,
    recoveries,
    mended,
    installation,
  })
  const http = stack.use(await openHttp({ api, store, log, config: httpConfig(config) }))
  const stopped = new Promise<void>((resolve) =>
    stop.addEventListener('abort', () => resolve(), { once: true }),
  )
  await Promise.race([broker.ready(stop).catch(() => undefined), stopped])
  log.info({ address: http.address, installation }, 'dispatcher is ready')
  await stopped
  log.info({ reason: String(stop.reason) }, 'dispatcher stops')
}
