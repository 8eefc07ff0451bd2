/**
 * Ensembles of containers that take two seconds, on a worker that starts when they are all submitted: whom its slots
 * go to is judged by the engine's events.
 */
import { expect } from 'vitest'
import { apiOf, type CallApi } from '../../support/api.ts'
import { watchStarts, type StartEvents } from '../../support/engine-events.ts'
import { engine } from '../../support/engine.ts'
import { labels } from '@carya/contracts'
import { install, type Installation } from '../../support/stack.ts'
import { openSubmitter, type Submitter } from '../../support/submitter.ts'
import { TEST_IMAGE, testImage } from '../../support/test-image.ts'
import { until } from '../../support/until.ts'

export type Crowd = AsyncDisposable & {
  call: CallApi
  events: StartEvents
  submitter(name: string): Promise<Submitter>
  /** Submits an ensemble of so many members to the pool; its id. */
  ensemble(from: Submitter, members: number): Promise<string>
  /** Submits a single run to the pool; its id when it is accepted. */
  run(from: Submitter): Promise<string>
  /** Starts the pool's worker, with so many slots. */
  work(slots: number): Promise<void>
  /** Waits until so many containers run, and none is on its way. */
  full(slots: number): Promise<void>
  /** Cancels an ensemble and waits for its end. */
  cancel(id: string): Promise<void>
}

const POOL = 'crowd'

export async function openCrowd(): Promise<Crowd> {
  await testImage()
  await using stack = new AsyncDisposableStack()
  const installation: Installation = stack.use(await install())
  const events = stack.use(await watchStarts(installation.name))
  const { api } = await installation.dispatcher()
  const call = apiOf(api, installation.token)
  const known = (count: number) =>
    until(
      `${count} workers are known`,
      async () => (await call('GET', '/v1/workers')).body.items.length === count,
    )
  // finds the image's digest, and takes nothing of the pool that is looked at
  await installation.worker('finder')
  await known(1)
  const model = {
    name: 'two-seconds',
    version: '1',
    image: TEST_IMAGE,
    command: ['/bin/sh', '-c', 'sleep 2'],
    parameters: { k: { type: 'number', default: 0 } },
    resources: { cpus: 1, memory: '16MiB' },
  }
  const { status, text } = await call('PUT', '/v1/models', model)
  expect(status, text).toBe(201)
  const filters = { label: [`${labels.installation}=${installation.name}`] }

  const accepted = async (from: Submitter, request: object) => {
    const answer = await from.send({ model: model.name, pool: POOL, ...request }).answer()
    expect(answer.type, JSON.stringify(answer.body)).toMatch(/accepted$/)
    return String(answer.body['id'])
  }
  const owned = stack.move()
  return {
    call,
    events,
    async submitter(name) {
      await installation.submitter(name)
      return owned.use(await openSubmitter(installation.amqpUrl(name)))
    },
    ensemble: (from, members) =>
      accepted(from, {
        kind: 'ensemble',
        design: { kind: 'random', samples: members, seed: 1, vary: { k: { uniform: [0, 1] } } },
      }),
    run: (from) => accepted(from, { kind: 'run' }),
    async work(slots) {
      await installation.worker('crowd', { CARYA_POOL: POOL, CARYA_WORKER_CPUS: String(slots) })
      await known(2)
    },
    full: (slots) =>
      until(`${slots} containers run`, async () => {
        const there = await engine().listContainers({ all: true, filters })
        return there.length === slots && there.every(({ State }) => State === 'running')
      }).then(() => undefined),
    async cancel(id) {
      expect((await call('POST', `/v1/ensembles/${id}/cancel`)).status).toBe(202)
      await until(`${id} has ended`, async () => {
        const view = JSON.parse((await call('GET', `/v1/ensembles/${id}`)).text)
        return view.state === 'cancelled'
      })
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/**
 * How many slots went to the ensemble between the run's acceptance and its own: containers are created when a slot is
 * free for them, and in the order of their jobs, while their starts wait for the host's cores.
 */
export async function overtakers({ call, events }: Crowd, ensemble: string, run: string): Promise<number> {
  await events.startOf(run)
  const accepted = Date.parse((await call('GET', `/v1/runs/${run}`)).body.createdAt)
  const since = events.created().filter(({ at }) => at > accepted)
  const before = since.slice(
    0,
    since.findIndex((each) => each.run === run),
  )
  return before.filter((each) => each.run.startsWith(`${ensemble}-`)).length
}

/** The shares that the first of these ensembles has of each `window` starts in a row among the first `count`. */
export async function sharesOf(
  crowd: Crowd,
  ensembles: readonly string[],
  { count, window }: { count: number; window: number },
): Promise<number[]> {
  const [first] = ensembles
  const starts = () =>
    crowd.events.told().filter(({ run }) => ensembles.some((each) => run.startsWith(`${each}-`)))
  await until(`${count} containers were started`, () => starts().length >= count, count * 5000)
  const isFirst = starts().map(({ run }) => run.startsWith(`${first}-`))
  return Array.from(
    { length: count - window + 1 },
    (_, from) => isFirst.slice(from, from + window).filter(Boolean).length / window,
  )
}
