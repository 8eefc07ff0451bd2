/** The `Api` over the handlers and stores: a thin page, so that HTTP and every later door offer the same. */
import {
  badRequest,
  RunId,
  type FeedItem,
  type RunRow,
  type RunView,
  type ServiceView,
  type WorkerView,
} from '@carya/contracts'
import type { Api, FeedQuery } from './api.ts'
import { shownOf, viewOf, type EndedRun, type RunRecord } from './domain/record.ts'
import { toldOf, type Told } from './domain/told.ts'
import type { AcceptRequest } from './handlers/accept-request.ts'
import type { CancelRun } from './handlers/cancel-run.ts'
import type { DrainWorker } from './handlers/drain-worker.ts'
import type { ExplainRun } from './handlers/explain-run.ts'
import type { ForgetWorker } from './handlers/forget-worker.ts'
import type { ReproduceRun } from './handlers/reproduce-run.ts'
import { version } from './version.ts'
import type { RecoveryRecord } from './domain/recovery.ts'
import { memberOf } from './domain/member.ts'
import type { FindMember } from './handlers/find-member.ts'
import { merge } from './merge.ts'
import { followEnsemble, offerEnsembles, type OfferEnsembleParts } from './offer-ensembles.ts'
import type { ModelApi } from './offer-models.ts'
import type { EndedRuns, KnownWorker, Mended, Orders, RecoveryStore, RunStore, WorkerStore } from './ports.ts'
import { unavailable } from './redis/client.ts'

export type OfferParts = OfferEnsembleParts & {
  runs: RunStore
  workers: WorkerStore
  findMember: FindMember
  orders: Orders
  accept: AcceptRequest
  reproduce: ReproduceRun
  cancel: CancelRun
  explain: ExplainRun
  drain: DrainWorker
  forget: ForgetWorker
  /** what is offered of models */
  ofModels: ModelApi
  readiness: Api['readiness']
  ended: EndedRuns
  recoveries: RecoveryStore
  mended: Mended
  installation: string
}

type Item = { id: string; item: FeedItem }

/** A tail order lasts 30 s at the worker; it is renewed well before. */
const RENEW_TAIL_MS = 10_000

export function offer(parts: OfferParts): Api {
  const { runs, workers, feed, orders } = parts
  const api: Api = {
    submit: (body, submitter) => parts.accept(body, { submitter }),
    reproduce: (id, body, submitter) => parts.reproduce(id, body, { submitter }),
    ...offerEnsembles(parts),
    cancel: (id) => parts.cancel({ kind: 'cancel', id }),
    async run(id) {
      const record = await runs.read(id)
      // a member that has ended, or has never been fed, has no record
      if (memberOf(id) && (!record || record.endedAt !== undefined)) return shown(await parts.findMember(id))
      // ended longer ago than records are kept, or forgotten with Redis
      return record ? withTold(record) : shown(await parts.ended.find(id))
    },
    why: (id) => parts.explain(id),
    async runs({ cursor, ...query }) {
      if (cursor !== undefined && !RunId.safeParse(cursor).success)
        return {
          rejected: badRequest([{ path: 'cursor', value: cursor, detail: '`next` of an earlier answer' }]),
        }
      const { items, next } = await runs.list(cursor === undefined ? query : { ...query, after: cursor })
      const told = await toldOfAll(items)
      const rows = items.map((run) => {
        const progress = told.get(run.id)?.progress
        return progress === undefined ? rowOf(run) : { ...rowOf(run), progress }
      })
      return { items: rows, ...(next === undefined ? {} : { next }) }
    },
    ...parts.ofModels,
    workers: async () => (await workers.all()).map(workerView),
    async drain(name, wish) {
      const result = await parts.drain(name, wish)
      return 'rejected' in result ? result : { worker: workerView(result.worker) }
    },
    forget: (name, when) => parts.forget(name, when),
    async service() {
      const [mended, recovery] = await Promise.all([parts.mended.counts(), parts.recoveries.last()])
      return {
        installation: parts.installation,
        version,
        mended,
        ...(recovery ? { recovery: withoutVersion(recovery) } : {}),
      }
    },
    feed: (query, signal) => (query.logsFrom === undefined ? news(query, signal) : newsAndLog(query, signal)),
    readiness: parts.readiness,
  }
  return withUnavailable(api)

  async function withTold(record: RunRecord): Promise<RunView> {
    return { ...viewOf(record), ...(await toldOfAll([record])).get(record.id) }
  }

  /** How far running models are, by their workers' last heartbeats: one reading a worker. */
  async function toldOfAll(records: readonly RunRecord[]): Promise<Map<string, Told>> {
    const running = records.flatMap((run) => {
      const worker = run.state === 'running' ? run.attempts.at(-1)?.worker : undefined
      return worker === undefined ? [] : [{ run, worker }]
    })
    const names = [...new Set(running.map(({ worker }) => worker))]
    const beats = new Map(
      await Promise.all(names.map(async (name) => [name, await workers.find(name)] as const)),
    )
    return new Map(
      running.map(({ run, worker }) => [run.id, toldOf(run, beats.get(worker) ?? { attempts: [] })]),
    )
  }

  async function* news(query: FeedQuery, signal: AbortSignal): AsyncGenerator<Item> {
    if (query.ensemble !== undefined) return yield* followEnsemble(query.ensemble, parts, signal)
    for await (const entry of feed.follow(query.after, signal))
      if (
        entry.item.kind !== 'resolved' &&
        entry.item.kind !== 'ensemble' &&
        (query.run === undefined || runOf(entry.item) === query.run) &&
        (query.image === undefined || imageOf(entry.item) === query.image)
      )
        yield entry
  }

  async function* newsAndLog(query: FeedQuery, signal: AbortSignal): AsyncGenerator<Item> {
    const run = query.run!
    let from = query.logsFrom!
    let last = query.after ?? (await feed.last())
    const tail = async () => {
      const record = await runs.read(run)
      const attempt = record?.state === 'running' ? record.attempts.at(-1) : undefined
      if (attempt?.worker !== undefined)
        orders.send(attempt.worker, [
          { do: 'tail', run, attempt: attempt.attempt, nonce: attempt.nonce, from },
        ])
    }
    const renew = setInterval(() => void tail().catch(() => undefined), RENEW_TAIL_MS)
    try {
      const both = merge([news({ ...query, after: last }, signal), logOf(run, signal)], signal)
      await tail()
      for await (const entry of both) {
        if (entry.item.kind === 'log') {
          const chunk = fresh(entry.item, from)
          if (!chunk) continue
          from = chunk.from + Buffer.byteLength(chunk.text)
          yield { id: last, item: chunk }
          continue
        }
        last = entry.id
        // it starts now: its worker can be asked from here on
        if (entry.item.kind === 'state' && entry.item.event.data.state === 'running') await tail()
        yield entry
      }
    } finally {
      clearInterval(renew)
    }
  }

  async function* logOf(run: string, signal: AbortSignal): AsyncGenerator<Item> {
    for await (const item of feed.followLog(run, signal)) yield { id: '', item }
  }
}

function shown(ended: EndedRun | undefined): RunView | undefined {
  return ended && shownOf(ended)
}

type LogItem = Extract<FeedItem, { kind: 'log' }>

/** What of a chunk was not sent yet: two watchers' tails overlap. */
function fresh(item: LogItem, from: number): LogItem | undefined {
  const bytes = Buffer.from(item.text)
  if (item.from + bytes.length <= from) return undefined
  if (item.from >= from) return item
  return { ...item, from, text: bytes.subarray(from - item.from).toString() }
}

function runOf(item: FeedItem): string | undefined {
  if (item.kind === 'state') return item.event.data.id
  return 'run' in item && typeof item.run === 'string' ? item.run : undefined
}

function imageOf(item: FeedItem): string | undefined {
  return item.kind === 'image' ? item.image : undefined
}

function workerView({ lastBeat, session, wish, policy, ...view }: KnownWorker): WorkerView {
  void [lastBeat, session, wish, policy]
  return view
}

function withoutVersion({ version: ours, ...recovery }: RecoveryRecord): ServiceView['recovery'] {
  void ours
  return recovery
}

function rowOf(run: RunRecord): RunRow {
  const { id, state, submitter, model, labels, createdAt, startedAt, endedAt, failure } = run
  return {
    id,
    state,
    submitter,
    model,
    labels,
    createdAt,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(failure === undefined ? {} : { failure }),
  }
}

const wrap =
  <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
  async (...args: A): Promise<R> => {
    try {
      return await call(...args)
    } catch (err) {
      throw unavailable(err)
    }
  }

/** Every promise of the API fails with `Unavailable` when Redis is away. */
function withUnavailable(api: Api): Api {
  return {
    submit: wrap(api.submit),
    reproduce: wrap(api.reproduce),
    submitEnsemble: wrap(api.submitEnsemble),
    previewEnsemble: wrap(api.previewEnsemble),
    ensemble: wrap(api.ensemble),
    ensembles: wrap(api.ensembles),
    changeEnsemble: wrap(api.changeEnsemble),
    pauseEnsemble: wrap(api.pauseEnsemble),
    resumeEnsemble: wrap(api.resumeEnsemble),
    rerunEnsemble: wrap(api.rerunEnsemble),
    results: wrap(api.results),
    cancel: wrap(api.cancel),
    run: wrap(api.run),
    why: wrap(api.why),
    runs: wrap(api.runs),
    modelRefs: wrap(api.modelRefs),
    model: wrap(api.model),
    register: wrap(api.register),
    makeDefault: wrap(api.makeDefault),
    removeModel: wrap(api.removeModel),
    findImage: wrap(api.findImage),
    workers: wrap(api.workers),
    drain: wrap(api.drain),
    forget: wrap(api.forget),
    service: wrap(api.service),
    feed: api.feed,
    readiness: api.readiness,
  }
}
