/**
 * A scene whose servers go away and come back: everything is asked over HTTP, of the dispatcher that was started last,
 * since a submitter's own connection would go with the broker. Its models end when they are told to.
 */
import { isTerminal, type RunView, type TerminalState } from '@carya/contracts'
import type { ConfirmChannel } from 'amqplib'
import type Docker from 'dockerode'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { openAmqpClient } from '../support/amqp-client.ts'
import { apiOf, type CallApi } from '../support/api.ts'
import type { Installation } from '../support/installation.ts'
import { openJudge, type Judge } from '../support/judge.ts'
import { WAITING } from '../support/scene.ts'
import type { Service } from '../support/service.ts'
import { install } from '../support/stack.ts'
import { TEST_IMAGE, testImage } from '../support/test-image.ts'
import { until } from '../support/until.ts'

export type Outage = AsyncDisposable & {
  installation: Installation
  judge: Judge
  /** calls the dispatcher that was started last */
  api: CallApi
  /** Starts a dispatcher; the first one is started by the scene itself. */
  dispatcher(settings?: Record<string, string>): Promise<Service>
  /** Starts a worker and waits until the dispatcher has heard it. */
  worker(name: string, settings?: Record<string, string>): Promise<Service>
  /** the services started by the scene itself */
  first: { dispatcher: Service; workers: Service[] }
  /** Registers a model that is a line of shell; without one it runs until it is released. */
  model(name: string, line?: string, more?: object): Promise<void>
  /** Submits runs of a model; their ids. */
  submit(model: string, count?: number, more?: object): Promise<string[]>
  view(run: string): Promise<RunView>
  /** Waits until each of these runs is so. */
  are(runs: readonly string[], what: string, fits: (run: RunView) => boolean): Promise<void>
  /** Waits until the models of these runs run, as the dispatcher knows it. */
  running(runs: readonly string[]): Promise<void>
  /** Lets the models of these runs end: all of their attempts. */
  release(runs: readonly string[]): Promise<void>
  /** Does something as the broker's administrator, on a connection of its own. */
  onBroker<T>(use: (channel: ConfirmChannel) => Promise<T>): Promise<T>
  /**
   * Waits for the ends of these runs, and judges all that were submitted here: each is to have succeeded and its model
   * to have been started once, where nothing else is wanted of it.
   */
  ends(runs: readonly string[], wanted?: Wanted): Promise<RunView[]>
}
export type Wanted = { state?: TerminalState; starts?: number | { least: number; most: number } }

export type OutageParts = {
  /** on servers of the test's own; default the shared ones */
  installation?: Installation
  /** of the first dispatcher */
  dispatcher?: Record<string, string>
  workers?: readonly string[]
  /** of all workers */
  worker?: Record<string, string>
  /** false where workers are simulated: no starts are counted then */
  isReal?: boolean
  /** where models run, if not on the shared engine alone */
  engines?: readonly Docker[]
}

const ENDS_MS = 90_000
/** Sweeps as frequent as leases of seconds need them. */
const QUICK = { CARYA_SWEEP: '1s' }
const SMALL = { cpus: 0.1, memory: '16MiB' }
/** Short enough to be waited out, and longer than a busy machine keeps a worker from its heartbeat. */
const LEASE = '5s'

export async function openOutage(parts: OutageParts = {}): Promise<Outage> {
  const { workers = ['w1'], worker: workerSettings = {}, isReal = true } = parts
  const engines = isReal ? parts.engines : []
  if (isReal) await testImage()
  await using stack = new AsyncDisposableStack()
  const installation = stack.use(parts.installation ?? (await install()))
  let address = ''
  const api: CallApi = (...request) => apiOf(address, installation.token)(...request)
  const submitted = new Map<string, Wanted>()

  const dispatcher: Outage['dispatcher'] = async (settings = {}) => {
    const started = await installation.dispatcher({ ...QUICK, ...parts.dispatcher, ...settings })
    address = started.api
    return started.service
  }
  const worker: Outage['worker'] = async (name, settings = {}) => {
    const started = await installation.worker(name, { ...workerSettings, ...settings })
    await until(`the dispatcher knows of ${name}`, async () =>
      (await api('GET', '/v1/workers')).body.items.some((each) => each['name'] === name),
    )
    return started
  }
  const view = async (run: string) => (await api('GET', `/v1/runs/${run}`)).body
  const are: Outage['are'] = async (runs, what, fits) => {
    for (const run of runs)
      await until(
        `${run} ${what}`,
        async () => {
          const { status, body } = await api('GET', `/v1/runs/${run}`)
          return status === 200 && fits(body)
        },
        ENDS_MS,
      )
  }

  const first = { dispatcher: await dispatcher(), workers: [] as Service[] }
  const judge = stack.use(await openJudge(installation, engines ? { engines } : {}))
  if (isReal) for (const name of workers) first.workers.push(await worker(name))
  const owned = stack.move()
  return {
    installation,
    judge,
    api,
    dispatcher,
    worker,
    first,
    view,
    are,
    async model(name, line = WAITING, more = {}) {
      const manifest = { name, version: '1', image: TEST_IMAGE, command: ['/bin/sh', '-c', line] }
      const body = { ...manifest, resources: SMALL, lease: LEASE, ...more }
      const { status, text } = await api('PUT', '/v1/models', body)
      expect(status, text).toBe(201)
    },
    submit: (model, count = 1, more = {}) =>
      Promise.all(
        Array.from({ length: count }, async () => {
          const { status, body, text } = await api('POST', '/v1/runs', { kind: 'run', model, ...more })
          expect(status, text).toBe(201)
          submitted.set(body.id, {})
          return body.id
        }),
      ),
    running: (runs) => are(runs, 'is known to run', (run) => run.attempts.at(-1)?.startedAt !== undefined),
    async release(runs) {
      for (const run of runs)
        for (const attempt of await readdir(join(installation.store, 'runs', run)))
          if (attempt !== 'run.json')
            await writeFile(join(installation.store, 'runs', run, attempt, 'outputs', 'go'), '')
    },
    async onBroker(use) {
      await using client = await openAmqpClient(installation.adminUrl)
      return await use(client.channel)
    },
    async ends(runs, wanted = {}) {
      for (const run of runs) submitted.set(run, wanted)
      await are(runs, 'has ended', (run) => isTerminal(run.state))
      const all = [...submitted].map(([id, each]) => ({ id, state: 'succeeded' as const, ...each }))
      expect(await judge.verdict(api, all)).toEqual([])
      return Promise.all(runs.map(view))
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
