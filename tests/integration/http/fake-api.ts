/** A stand-in for the dispatcher behind its port, held in memory, so that tests see what HTTP itself does. */
import {
  badRequest,
  isTerminal,
  newId,
  newNonce,
  type FeedItem,
  type Model,
  type Reason,
  type RunState,
  type RunView,
  type WorkerView,
} from '@carya/contracts'
import { fakeEnsembles } from './fake-ensembles.ts'
import { fakeModels, model } from './fake-models.ts'
import { EventEmitter, on } from 'node:events'
import { z } from 'zod'
import type { Api, FeedQuery, RunQuery } from '../../../services/dispatcher/src/api.ts'
import { keeps } from '../../../services/dispatcher/src/domain/leaving.ts'
import { noSuchWorker } from '../../../services/dispatcher/src/domain/worker.ts'

const digest = `sha256:${'a'.repeat(64)}`
const Asked = z.looseObject({
  kind: z.unknown().optional(),
  model: z.unknown().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  key: z.string().optional(),
})
const now = () => new Date().toISOString()

export type FakeApi = Api & {
  /** What `submit` was given, in order. */
  submitted: { body: unknown; submitter: string }[]
  /** Feeds asked for, in order. */
  feeds: FeedQuery[]
  /** Makes the next call of anything throw. */
  trouble: Error | undefined
  workersKnown: WorkerView[]
  /** what every run's `why` answers */
  reasons: Reason[]
  modelsKnown: Model[]
  /** images that a worker would find, by their names, with what their labels carry */
  imagesKnown: Map<string, string | undefined>
  /** digests of images whose tags have moved: who asks the registry learns of them */
  imagesMoved: Map<string, string>
  /** Adds a run with an attempt. */
  add(fields?: Partial<RunView>): RunView
  /** Moves a run and tells the feed. */
  move(id: string, state: RunState, fields?: Partial<RunView>): void
  tell(item: FeedItem): void
  /** How many feeds are open. */
  open(): number
}

export function fakeApi(): FakeApi {
  const runs = new Map<string, RunView>()
  const bus = new EventEmitter().setMaxListeners(0)
  const told: { id: string; item: FeedItem }[] = []
  let epoch = 0
  const check = () => {
    const { trouble } = api
    if (trouble) throw trouble
  }
  const state = (run: RunView): FeedItem => ({
    kind: 'state',
    event: {
      specversion: '1.0',
      id: `${run.id}/${epoch}`,
      source: '/carya/test',
      type: `carya.run.${run.state}`,
      subject: run.id,
      time: now(),
      datacontenttype: 'application/json',
      data: {
        id: run.id,
        state: run.state,
        version: epoch,
        model: run.model,
        submitter: run.submitter,
        labels: run.labels,
      },
    },
  })

  const api: FakeApi = {
    submitted: [],
    feeds: [],
    trouble: undefined,
    workersKnown: [],
    reasons: [],
    modelsKnown: [model('dalec', '1.0.0', { f_lab: { type: 'number', default: 0.5, range: [0, 1] } })],
    imagesKnown: new Map(),
    imagesMoved: new Map(),
    open: () => bus.listenerCount('item'),
    add(fields) {
      const run: RunView = {
        v: 1,
        id: newId('r'),
        state: 'running',
        submitter: 'ann',
        model: 'dalec@1.0.0',
        image: { name: 'lab/dalec:1.0.0', digest, by: 'repo' },
        params: {},
        inputs: {},
        resources: { cpus: 1, memory: 2 ** 28 },
        timeout: 600,
        retries: 0,
        priority: 0,
        pool: 'default',
        labels: {},
        createdAt: now(),
        attempts: [{ attempt: 1, nonce: newNonce(), queuedAt: now() }],
        ...fields,
      }
      runs.set(run.id, run)
      return run
    },
    move(id, next, fields) {
      const run = { ...runs.get(id)!, ...fields, state: next }
      runs.set(id, isTerminal(next) ? { ...run, endedAt: now() } : run)
      api.tell(state(run))
    },
    tell(item) {
      epoch += 1
      told.push({ id: String(epoch), item })
      bus.emit('item')
    },
    async submit(body, submitter) {
      check()
      api.submitted.push({ body, submitter })
      const asked = Asked.parse(body ?? {})
      const fields = ['kind', 'model', 'params', 'inputs', 'labels', 'key', 'timeout', 'retries', 'priority']
      const more = ['pool', 'resources', 'deadline', 'after', 'lease']
      const odd = Object.keys(asked).filter((name) => ![...fields, ...more].includes(name))
      const faults = odd.map((path) => ({ path, value: null, detail: 'no such field' }))
      if (asked.kind !== 'run') faults.push({ path: 'kind', value: null, detail: 'must be run' })
      const named = api.modelsKnown.find((one) => String(asked.model).split('@')[0] === one.name)
      if (!named) faults.push({ path: 'model', value: null, detail: 'no such model' })
      if (faults.length > 0) return { rejected: badRequest(faults) }
      const known = [...runs.values()].find((run) => run.key !== undefined && run.key === asked.key)
      const run = known ?? api.add({ state: 'pending', submitter, labels: asked.labels ?? {}, attempts: [] })
      if (asked.key !== undefined) runs.set(run.id, { ...run, key: asked.key })
      return { accepted: { v: 1, id: run.id, state: run.state, duplicate: known !== undefined } }
    },
    async reproduce(id, _body, submitter) {
      check()
      const original = runs.get(id)
      if (!original) return undefined
      const { model: ref, params, metrics, outputs } = original
      const more = { ...(metrics && { metrics }), ...(outputs && { outputs }) }
      const run = api.add({ state: 'pending', submitter, model: ref, params, reproduces: id, ...more })
      return { accepted: { v: 1, id: run.id, state: run.state, duplicate: false, reproduces: id, notes: [] } }
    },
    async cancel(id) {
      check()
      const run = runs.get(id)
      if (!run)
        return { rejected: { type: 'urn:carya:problem:no-such-run', title: 'No such run', status: 404 } }
      if (!isTerminal(run.state)) api.move(id, 'cancelled')
      return { accepted: { v: 1, id, state: runs.get(id)!.state } }
    },
    async run(id) {
      check()
      return runs.get(id)
    },
    ...fakeEnsembles(check),
    async why(id) {
      check()
      const run = runs.get(id)
      return run && { id, state: run.state, reasons: api.reasons }
    },
    async runs(query: RunQuery) {
      check()
      const wanted = [...runs.values()]
        .filter((run) => query.state === undefined || run.state === query.state)
        .filter((run) => query.submitter === undefined || run.submitter === query.submitter)
        .filter((run) => Object.entries(query.labels).every(([name, value]) => run.labels[name] === value))
        .toSorted((a, b) => (a.id < b.id ? 1 : -1))
        .filter((run) => query.cursor === undefined || run.id < query.cursor)
      const items = wanted.slice(0, query.limit)
      return wanted.length > items.length ? { items, next: items.at(-1)!.id } : { items }
    },
    ...fakeModels(() => api, check),
    async workers() {
      check()
      return api.workersKnown
    },
    async drain(name, wish) {
      check()
      const worker = api.workersKnown.find((one) => one.name === name)
      if (!worker) return { rejected: noSuchWorker(name, api.workersKnown) }
      const { drained: _, ...rest } = worker
      const drained = worker.attempts === 0
      const changed: WorkerView =
        wish === 'drain' ? { ...rest, state: 'draining', drained } : { ...rest, state: 'live' }
      api.workersKnown = api.workersKnown.map((one) => (one === worker ? changed : one))
      return { worker: changed }
    },
    async forget(name, when) {
      check()
      const worker = api.workersKnown.find((one) => one.name === name)
      if (!worker) return { rejected: noSuchWorker(name, api.workersKnown) }
      const rejected = keeps(worker, worker.attempts)
      if (rejected && when === 'now') return { rejected }
      if (!rejected) api.workersKnown = api.workersKnown.filter((one) => one !== worker)
      return { worker: { name, forgotten: !rejected, attempts: worker.attempts } }
    },
    async *feed(query, signal) {
      check()
      api.feeds.push(query)
      const wake = on(bus, 'item', { signal })
      let at = query.after === undefined ? told.length : Number(query.after)
      try {
        for (;;) {
          for (; at < told.length; at += 1) {
            const { id, item } = told[at]!
            const run = item.kind === 'state' ? item.event.subject : 'run' in item ? item.run : undefined
            if (item.kind === 'log' && query.logsFrom === undefined) continue
            if (query.run === undefined || query.run === run) yield { id, item }
          }
          await wake.next()
        }
      } catch (error) {
        if (!signal.aborted) throw error
      }
    },
    async service() {
      check()
      return { installation: 'test', version: '0.0.0', mended: {} }
    },
    async readiness() {
      const well = api.trouble === undefined
      return { ready: well, parts: { redis: well ? 'ok' : 'away', broker: 'ok', schema: 'ok' } }
    },
  }
  return api
}
