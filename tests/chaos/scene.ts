/**
 * What a fault happens to: an installation with its dispatcher, workers and models that end when they are told to. And
 * the judge of what must hold afterwards: every run has exactly one end and one accepted result, nothing is left
 * behind, and no model was started more often than it had to be, by the engine's own events.
 */
import { isTerminal, labels, RunEvent, type RunState, type RunView } from '@carya/contracts'
import { connect } from 'amqplib'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { keys } from '../../services/dispatcher/src/redis/keys.ts'
import { apiOf, type CallApi } from '../support/api.ts'
import { watchStarts, type StartEvents } from '../support/engine-events.ts'
import { engine } from '../support/engine.ts'
import type { Installation } from '../support/installation.ts'
import type { Service } from '../support/service.ts'
import { install } from '../support/stack.ts'
import { TEST_IMAGE, testImage } from '../support/test-image.ts'
import { until } from '../support/until.ts'

export type Scene = AsyncDisposable & {
  installation: Installation
  starts: StartEvents
  /** calls the dispatcher that was started last */
  api: CallApi
  /** Starts a dispatcher; the first one is started by the scene itself. */
  dispatcher(settings?: Record<string, string>): Promise<Service>
  /** Starts a worker and waits until the dispatcher has heard it. */
  worker(name: string, settings?: Record<string, string>): Promise<Service>
  /** Registers a model that is a line of shell; without one it runs until it is released, and writes `done`. */
  model(name: string, line?: string, more?: object): Promise<void>
  /** Submits runs of a model; their ids. */
  submit(model: string, count?: number, more?: object): Promise<string[]>
  view(run: string): Promise<RunView>
  /** Waits until the models of these runs run, as the dispatcher knows it. */
  running(runs: readonly string[]): Promise<void>
  /** Lets the models of these runs end: all of their attempts. */
  release(runs: readonly string[]): Promise<void>
  /** Waits for the ends of these runs, and judges them and all that is left. */
  judge(runs: readonly string[], wanted?: Wanted): Promise<RunView[]>
}

export type Wanted = {
  state?: RunState
  /** starts of each run's model; default 1 */
  starts?: number
  /** queues that may hold messages */
  filled?: readonly string[]
}

/** Sweeps come as often as leases of seconds need them. */
export const QUICK = { CARYA_SWEEP: '1s' }
const JUDGE = 'judge'
const WAIT = 'until [ -e go ]; do sleep 0.1; done; echo done > done'
const ENDS_MS = 90_000

export type SceneParts = {
  installation?: Installation
  /** of the first dispatcher; null for none yet */
  dispatcher?: Record<string, string> | null
  workers?: readonly string[]
  workerSettings?: Record<string, string>
}

export async function openScene(parts: SceneParts = {}): Promise<Scene> {
  const { dispatcher: first = {}, workers = ['w1'], workerSettings = {} } = parts
  await testImage()
  await using stack = new AsyncDisposableStack()
  const installation = stack.use(parts.installation ?? (await install()))
  const starts = stack.use(await watchStarts(installation.name))
  let address = ''
  const api: CallApi = (method, path, body) => apiOf(address, installation.token)(method, path, body)
  // events by run, each once: they may come twice, and their ids tell
  const events = new Map<string, RunEvent>()

  const onBroker = async <T>(use: (channel: Awaited<ReturnType<typeof channelOf>>) => Promise<T>) => {
    const connection = await connect(installation.adminUrl, { noDelay: true })
    try {
      return await use(await channelOf(connection))
    } finally {
      await connection.close()
    }
  }
  const channelOf = (connection: Awaited<ReturnType<typeof connect>>) => connection.createChannel()

  const readEvents = () =>
    onBroker(async (channel) => {
      for (;;) {
        const message = await channel.get(JUDGE, { noAck: true })
        if (!message) return
        const event = RunEvent.parse(JSON.parse(message.content.toString()))
        events.set(event.id, event)
      }
    })
  const endsOf = (run: string) =>
    [...events.values()].filter(({ data }) => data.id === run && isTerminal(data.state))

  const scene: Omit<Scene, keyof AsyncDisposable> = {
    installation,
    starts,
    api,
    async dispatcher(settings = {}) {
      const started = await installation.dispatcher({ ...QUICK, ...settings })
      address = started.api
      return started.service
    },
    async worker(name, settings = {}) {
      const worker = await installation.worker(name, { ...workerSettings, ...settings })
      await until(`the dispatcher knows of ${name}`, async () =>
        (await api('GET', '/v1/workers')).body.items.some((each) => each['name'] === name),
      )
      return worker
    },
    async model(name, line = WAIT, more = {}) {
      const manifest = { name, version: '1', image: TEST_IMAGE, command: ['/bin/sh', '-c', line] }
      const resources = { cpus: 0.1, memory: '16MiB' }
      const { status, text } = await api('PUT', '/v1/models', {
        ...manifest,
        resources,
        lease: '3s',
        ...more,
      })
      expect(status, text).toBe(201)
    },
    submit: (model, count = 1, more = {}) =>
      Promise.all(
        Array.from({ length: count }, async () => {
          const { status, body, text } = await api('POST', '/v1/runs', { kind: 'run', model, ...more })
          expect(status, text).toBe(201)
          return body.id
        }),
      ),
    view: async (run) => (await api('GET', `/v1/runs/${run}`)).body,
    async running(runs) {
      for (const run of runs)
        await until(
          `the model of ${run} is known to run`,
          async () => (await scene.view(run)).attempts.at(-1)?.startedAt !== undefined,
          ENDS_MS,
        )
    },
    async release(runs) {
      for (const run of runs)
        for (const attempt of await readdir(join(installation.store, 'runs', run)))
          if (attempt !== 'run.json')
            await writeFile(join(installation.store, 'runs', run, attempt, 'outputs', 'go'), '')
    },
    async judge(runs, { state = 'succeeded', starts: wantedStarts = 1, filled = [] } = {}) {
      const views: RunView[] = []
      for (const run of runs) {
        await until(`${run} has ended`, async () => isTerminal((await scene.view(run)).state), ENDS_MS)
        views.push(await scene.view(run))
      }
      expect(views.map((view) => view.state)).toEqual(runs.map(() => state))
      for (const view of views) {
        const winner = view.attempts.at(-1)
        const folder = `runs/${view.id}/${winner?.attempt}-${winner?.nonce}`
        if (state === 'succeeded') expect(view.folder).toBe(folder)
      }
      await nothingLeft(filled)
      await readEvents()
      for (const run of runs) expect(endsOf(run).map(({ type }) => type)).toEqual([`carya.run.${state}`])
      expect(runs.map((run) => starts.starts(run))).toEqual(runs.map(() => wantedStarts))
      return views
    },
  }

  async function nothingLeft(filled: readonly string[]): Promise<void> {
    const label = [`${labels.installation}=${installation.name}`]
    await until(
      'no container is left',
      async () => (await engine().listContainers({ all: true, filters: { label } })).length === 0,
      30_000,
    )
    const { redis } = installation
    await until('no message is owed to anyone', async () => {
      const owed = await Promise.all(
        ['jobs', 'world', 'records'].map((lane) => redis.xlen(keys.outbox(lane))),
      )
      return owed.every((count) => count === 0)
    })
    const names = await redis.zrevrange(keys.workers, 0, -1)
    const sizes = await Promise.all([
      ...names.map((name) => redis.hlen(keys.held(name))),
      redis.hlen(keys.queued('default')),
      redis.hlen(keys.running('default')),
      redis.zcard(keys.due),
    ])
    expect(sizes).toEqual(sizes.map(() => 0))
    const passing = ['carya.heartbeats', JUDGE, ...filled]
    await until('the queues are empty', () =>
      onBroker(async (channel) => {
        const fixed = [
          'carya.requests',
          'carya.reports',
          'carya.dead',
          'carya.rejected',
          'carya.jobs.default',
        ]
        const own = names.map((name) => `carya.jobs.default.${name}`)
        for (const name of [...fixed, ...own].filter((each) => !passing.includes(each)))
          if ((await channel.checkQueue(name)).messageCount > 0) return false
        return true
      }),
    )
  }

  if (first !== null) {
    await scene.dispatcher(first)
    await onBroker(async (channel) => {
      await channel.assertQueue(JUDGE, { durable: true, arguments: { 'x-queue-type': 'quorum' } })
      await channel.bindQueue(JUDGE, 'carya.events', 'run.#')
    })
    for (const worker of workers) await scene.worker(worker)
  }
  const owned = stack.move()
  return { ...scene, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
