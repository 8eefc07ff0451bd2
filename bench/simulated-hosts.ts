/**
 * An installation whose workers are simulated (`tests/support/simulated-worker.ts`): they run no containers and end
 * every attempt as soon as it is granted, so that nothing is measured but the dispatcher, the broker and Redis.
 */
import { workerUser, type EnsembleView } from '@carya/contracts'
import { apiOf, type CallApi } from '../tests/support/api.ts'
import { installOn, type Installation, type Servers } from '../tests/support/installation.ts'
import { simulateWorker } from '../tests/support/simulated-worker.ts'
import { until } from '../tests/support/until.ts'

/** The model that nobody runs; each member is one slot. */
export const MODEL = {
  name: 'nothing',
  version: '1',
  image: 'nothing:1',
  parameters: { k: { type: 'number', default: 1 } },
  metrics: { answer: { unit: '1' } },
  resources: { cpus: 1, memory: '256MiB' },
}

export type SimulatedHosts = AsyncDisposable & {
  installation: Installation
  /** process id of the dispatcher */
  dispatcher: number
  api: CallApi
  /** attempts that were ended so far */
  ended(): number
  /** Brings the hosts, which share so many slots. */
  open(slots: number): Promise<void>
  /** Submits a Latin hypercube of so many members; its id. */
  submit(members: number): Promise<string>
  /** Waits until it has ended and its results are made; asks the dispatcher only from when `mayHave` says so. */
  end(id: string, mayHave?: () => boolean): Promise<EnsembleView>
}

/** So many slots each: the heartbeat of a host lists all that it holds. */
const SLOTS = 128
/** An ensemble of a million takes long. */
const PATIENCE_MS = 2 * 3_600_000

/** The model is registered, and nothing has room until the hosts are opened. */
export async function openSimulatedHosts(
  servers: Servers,
  settings: Record<string, string> = {},
): Promise<SimulatedHosts> {
  const stack = new AsyncDisposableStack()
  const installation = stack.use(await installOn(servers))
  const { service, api: address } = await installation.dispatcher(settings)
  service.forget()
  const api = apiOf(address, installation.token)
  let ended = 0
  const host = async (name: string, options: object) => {
    await installation.permitWorker(name)
    return simulateWorker(installation.amqpUrl(workerUser(name)), name, { forgets: true, ...options })
  }
  {
    // it answers for the image, and takes nothing
    await using registrar = await host('registrar', { cpus: 1, takes: false })
    await until('the model is known', async () => (await api('PUT', '/v1/models', MODEL)).status === 201)
    registrar.say({ draining: true })
    await until('the registrar goes', async () => {
      const { items } = (await api('GET', '/v1/workers')).body
      return items.every(({ state }) => state !== 'live')
    })
  }
  const view = async (id: string): Promise<EnsembleView> =>
    JSON.parse((await api('GET', `/v1/ensembles/${id}`)).text)

  return {
    installation,
    dispatcher: service.process.pid!,
    api,
    ended: () => ended,
    async open(slots) {
      const result = () => {
        ended += 1
        return {}
      }
      for (let i = 0; i < slots / SLOTS; i += 1)
        stack.use(await host(`sim${i}`, { cpus: SLOTS, auto: true, prefetch: SLOTS, result }))
      await until('all hosts are known', async () => {
        const { items } = (await api('GET', '/v1/workers')).body
        return items.filter(({ name }) => String(name).startsWith('sim')).length === slots / SLOTS
      })
    },
    async submit(members) {
      const design = { kind: 'lhs', samples: members, seed: 7, vary: { k: { uniform: [0.1, 0.5] } } }
      const answer = await api('POST', '/v1/ensembles', { kind: 'ensemble', model: MODEL.name, design })
      if (answer.status !== 201) throw new Error(`an ensemble was not accepted: ${answer.text}`)
      return answer.body.id
    },
    async end(id, mayHave = () => true) {
      return until(
        `${id} has its results`,
        async () => {
          if (!mayHave()) return undefined
          const found = await view(id)
          return (
            found.endedAt !== undefined &&
            (found.results === 'complete' || found.results === 'failed') &&
            found
          )
        },
        PATIENCE_MS,
      )
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
