/**
 * What the tests of faults play in: an installation, a dispatcher that can be killed and come back, a submitter who
 * hears ends, and the judge. Every scene ends with `verdict`, which is to be empty.
 */
import type { RunView } from '@carya/contracts'
import type Docker from 'dockerode'
import { apiOf, type CallApi } from './api.ts'
import { openJudge, type Judge, type Submitted } from './judge.ts'
import type { Service } from './service.ts'
import { install, type Installation } from './stack.ts'
import { openSubmitter, type Asked, type Submitter } from './submitter.ts'
import { TEST_IMAGE, testImage } from './test-image.ts'
import { until } from './until.ts'

export type SceneOptions = {
  /** settings of the first dispatcher */
  dispatcher?: Record<string, string>
  /** where models run, default the engine of the host; none where workers are simulated */
  engines?: readonly Docker[]
}

export type SceneRun = {
  id: string
  asked: Asked
  /** waits for the end, as its submitter is told */
  end(): Promise<RunView>
  /** waits until the record is so */
  is(what: string, fits: (run: RunView) => boolean): Promise<RunView>
}

export type Scene = AsyncDisposable & {
  installation: Installation
  judge: Judge
  ann: Submitter
  /** the HTTP API of the dispatcher that was started last */
  call: CallApi
  dispatcher: { service: Service; api: string }
  /** Starts a dispatcher; it answers `call` from now on. */
  startDispatcher(settings?: Record<string, string>): Promise<Service>
  /** Registers a model that is this shell script; waits for a worker that knows the image. */
  model(name: string, script: string, more?: object): Promise<void>
  /** Submits a run as a message, and waits until it is accepted. */
  submit(model: string, more?: object): Promise<SceneRun>
  /** To be told of a run that was submitted otherwise, or is expected to be otherwise than succeeded after one start. */
  expect(run: { id: string }, expected: Omit<Submitted, 'id'>): void
  /** What the judge says of all runs submitted here: each is to have succeeded, if nothing else was told. */
  verdict(patienceMs?: number): Promise<string[]>
}

/** A model for tests: says who it is, waits for the file `go` among its outputs, and leaves a random word. */
export const WAITING =
  'hostname > who; until [ -e go ]; do sleep 0.05; done; echo "{\\"word\\": $(od -An -N3 -tu4 /dev/urandom)}" > metrics.json'
/** The same without waiting, after so many seconds. */
export const lasting = (seconds: number): string =>
  `hostname > who; sleep ${seconds}; echo "{\\"word\\": $(od -An -N3 -tu4 /dev/urandom)}" > metrics.json`

export async function openScene(options: SceneOptions = {}): Promise<Scene> {
  await using stack = new AsyncDisposableStack()
  const { engines, dispatcher: settings = {} } = options
  if (engines?.length !== 0) await testImage()
  const installation = stack.use(await install())
  let current = await installation.dispatcher(settings)
  const judge = stack.use(await openJudge(installation, engines ? { engines } : {}))
  await installation.submitter('ann')
  const ann = stack.use(await openSubmitter(installation.amqpUrl('ann')))
  const call: CallApi = (...request) => apiOf(current.api, installation.token)(...request)
  const submitted = new Map<string, Submitted>()
  const ended = new Map<string, Set<string>>()

  const tell = (id: string, expected: Omit<Submitted, 'id'>) =>
    void submitted.set(id, { ...submitted.get(id), ...expected, id })
  const runOf = (id: string, asked: Asked): SceneRun => ({
    id,
    asked,
    async end() {
      const { type, body } = await asked.answer('run.succeeded', 'run.failed', 'run.cancelled')
      ended.set(id, (ended.get(id) ?? new Set<string>()).add(type))
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the answer is what GET gives
      return body as unknown as RunView
    },
    is: (what, fits) =>
      until(`${id} ${what}`, async () => {
        const { status, body } = await call('GET', `/v1/runs/${id}`)
        return status === 200 && fits(body) ? body : undefined
      }),
  })

  const owned = stack.move()
  return {
    installation,
    judge,
    ann,
    call,
    get dispatcher() {
      return current
    },
    async startDispatcher(more = {}) {
      current = await installation.dispatcher({ ...settings, ...more })
      return current.service
    },
    async model(name, script, more = {}) {
      const command = ['/bin/sh', '-c', script]
      const manifest = { name, version: '1', image: TEST_IMAGE, command, ...more }
      await until(
        `${name} is registered`,
        async () => (await call('PUT', '/v1/models', manifest)).status === 201,
      )
    },
    async submit(model, more = {}) {
      const asked = ann.send({ kind: 'run', model, ...more })
      const { type, body } = await asked.answer('run.accepted', 'run.rejected')
      if (type !== 'run.accepted') throw new Error(`rejected: ${JSON.stringify(body)}`)
      const id = String(body['id'])
      tell(id, { state: 'succeeded' })
      return runOf(id, asked)
    },
    expect: ({ id }, expected) => tell(id, expected),
    verdict: (patienceMs) =>
      judge.verdict(
        call,
        [...submitted.values()].map((each) => ({ ...each, ends: [...(ended.get(each.id) ?? [])] })),
        patienceMs,
      ),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
