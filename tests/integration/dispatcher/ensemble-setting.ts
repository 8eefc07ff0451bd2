/** What tests of ensembles share: an installation with a model, a worker without containers, and who asks. */
import {
  attemptFolder,
  workerUser,
  type EnsembleView,
  type Finished,
  type Job,
  type Order,
} from '@carya/contracts'
import { expect } from 'vitest'
import { apiOf, type CallApi } from '../../support/api.ts'
import {
  finishedBody,
  simulateWorker,
  type SimulatedOptions,
  type SimulatedWorker,
} from '../../support/simulated-worker.ts'
import { install, type Installation } from '../../support/stack.ts'
import type { Service } from '../../support/service.ts'
import { openSubmitter, type Submitter } from '../../support/submitter.ts'
import { until } from '../../support/until.ts'

const model = {
  name: 'line',
  version: '1',
  image: 'line:1',
  parameters: {
    k: { type: 'number', default: 1, range: [0, 10], unit: 'd-1' },
    n: { type: 'integer', default: 3, range: [0, 9] },
    fail: { type: 'boolean', default: false },
  },
  metrics: { y: { unit: 'g' } },
}

/** A Latin hypercube over `k`. */
export const lhs = (samples: number, more: object = {}): object => ({
  kind: 'ensemble',
  model: 'line',
  design: { kind: 'lhs', samples, seed: 7, vary: { k: { uniform: [1, 5] } } },
  ...more,
})

/** Ends as failed where it is told to, with a metric of its parameters otherwise. */
export const result = ({ params }: Job): Partial<Finished> =>
  params['fail'] === true
    ? {
        outcome: 'failed',
        exitCode: 3,
        failure: { kind: 'model_error', detail: 'told to' },
      }
    : { metrics: { y: 2 * Number(params['k']) + Number(params['n']) } }

export type Setting = AsyncDisposable & {
  installation: Installation
  service: Service
  /** of its HTTP API */
  address: string
  call: CallApi
  worker: SimulatedWorker
  /** Submits over HTTP what must be accepted; its id. */
  submit(body: object): Promise<string>
  /** A submitter over AMQP. */
  submitter(user: string): Promise<Submitter>
  shown(id: string): Promise<EnsembleView>
  /** The ensemble once it has ended and its results are made. */
  ended(id: string): Promise<EnsembleView>
  /** Rows of its results.csv, each as its cells by their columns. */
  rows(id: string): Promise<Record<string, string>[]>
  /** Asks another dispatcher of the installation from now on. */
  use(api: string): void
}

/** A dispatcher with these settings, and a worker that finishes what it takes at once unless `options` say otherwise. */
export async function openSetting(
  settings: Record<string, string> = {},
  options: SimulatedOptions = {},
): Promise<Setting> {
  await using opened = new AsyncDisposableStack()
  const installation = opened.use(await install())
  const { api, service } = await installation.dispatcher({ CARYA_SWEEP: '1s', ...settings })
  let ask = apiOf(api, installation.token)
  const call: CallApi = (...args) => ask(...args)
  await installation.permitWorker('sim')
  const worker = opened.use(
    await simulateWorker(installation.amqpUrl(workerUser('sim')), 'sim', {
      cpus: 8,
      auto: true,
      result,
      ...options,
    }),
  )
  await until('the worker is known', async () => (await call('GET', '/v1/workers')).body.items.length === 1)
  expect((await call('PUT', '/v1/models', model)).status).toBe(201)

  const shown = async (id: string): Promise<EnsembleView> =>
    JSON.parse((await call('GET', `/v1/ensembles/${id}`)).text)
  const owned = opened.move()
  return {
    installation,
    service,
    address: api,
    call,
    worker,
    shown,
    async submit(body) {
      const answer = await call('POST', '/v1/ensembles', body)
      expect([answer.status, answer.body]).toMatchObject([201, { v: 1 }])
      return answer.body.id
    },
    async submitter(user) {
      await installation.submitter(user)
      return owned.use(await openSubmitter(installation.amqpUrl(user)))
    },
    ended: (id) =>
      until('it has ended', async () => {
        const view = await shown(id)
        return view.endedAt !== undefined && view.results !== 'none' && view.results !== 'partial' && view
      }),
    async rows(id) {
      const { text } = await call('GET', `/v1/ensembles/${id}/results/results.csv`)
      const [header = [], ...rows] = text
        .trim()
        .split('\n')
        .map((row) => row.split(','))
      return rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i] ?? ''])))
    },
    use: (other) => void (ask = apiOf(other, installation.token)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

export type Granted = Extract<Order, { do: 'granted' }>

/** A worker that holds what it is granted until it is told to finish it, and stops what it must stop. */
export function holding(): {
  options: SimulatedOptions
  held: Granted[]
  finish: (worker: SimulatedWorker, count?: number, more?: Partial<Finished>) => void
} {
  const held: Granted[] = []
  const stops: ((order: Order) => void)[] = []
  return {
    held,
    options: {
      onOrder(order) {
        if (order.do === 'granted' && !held.some((each) => each.nonce === order.nonce)) held.push(order)
        for (const stop of stops) stop(order)
      },
    },
    finish(worker, count = 1, more = {}) {
      const end = (order: Granted, how: Partial<Finished>) => {
        const job = worker.jobs.find((each) => each.nonce === order.nonce)!
        const { ensemble, index } = job
        const member = ensemble === undefined || index === undefined ? undefined : { ensemble, index }
        worker.report('started', order, { container: 'none', startedAt: new Date().toISOString() })
        worker.report('finished', order, finishedBody({ folder: attemptFolder(order, member), ...how }))
      }
      if (stops.length === 0)
        stops.push((order) => {
          const at = order.do === 'stop' ? held.findIndex((each) => each.nonce === order.nonce) : -1
          if (at >= 0) end(held.splice(at, 1)[0]!, { outcome: 'stopped', exitCode: 143 })
        })
      for (const order of held.splice(0, count)) end(order, { ...more })
    },
  }
}
