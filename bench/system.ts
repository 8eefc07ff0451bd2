/** A whole installation with one worker and a model that does nothing, as benches load it. */
import { apiOf } from '../tests/support/api.ts'
import { installOn, type Installation, type Servers } from '../tests/support/installation.ts'
import { openSubmitter } from '../tests/support/submitter.ts'
import { TEST_IMAGE } from '../tests/support/test-image.ts'

/** What the model that does nothing does. */
export const COMMAND = ['/bin/true']

export type System = AsyncDisposable & {
  installation: Installation
  /** process ids of the services */
  dispatcher: number
  worker: number
  /** One run from its request to `run.succeeded`; its id. Any other end is an error. */
  submit(): Promise<string>
  /** So many members as one ensemble, from its request to `ensemble.succeeded`. Any other end is an error. */
  ensemble(members: number): Promise<void>
}

/** Its worker offers room for so many runs. */
export async function openSystem(servers: Servers, inFlight: number): Promise<System> {
  const installation = await installOn(servers)
  const dispatcher = await installation.dispatcher({
    CARYA_LOG_LEVEL: 'info',
  })
  const api = apiOf(dispatcher.api, installation.token)
  const memory = `${inFlight * 256}MiB`
  const worker = await installation.worker('w', {
    CARYA_WORKER_CPUS: String(inFlight),
    CARYA_WORKER_MEMORY: memory,
  })
  const manifest = {
    name: 'nothing',
    version: '1',
    image: TEST_IMAGE,
    command: COMMAND,
    parameters: { k: { type: 'number', default: 1 } },
  }
  while ((await api('PUT', '/v1/models', manifest)).status !== 201);
  await installation.submitter('bench')
  const submitter = await openSubmitter(installation.amqpUrl('bench'))
  return {
    installation,
    dispatcher: dispatcher.service.process.pid!,
    worker: worker.process.pid!,
    async submit() {
      const asked = submitter.send({ kind: 'run', model: 'nothing' })
      const end = await asked.answer('run.succeeded', 'run.failed', 'run.rejected')
      if (end.type !== 'run.succeeded')
        throw new Error(`a run of the bench ended otherwise: ${JSON.stringify(end)}`)
      return String(end.body['id'])
    },
    async ensemble(members) {
      const design = { kind: 'lhs', samples: members, seed: 7, vary: { k: { uniform: [0, 1] } } }
      const asked = submitter.send({ kind: 'ensemble', model: 'nothing', design })
      const ends = ['succeeded', 'partial', 'failed', 'cancelled', 'rejected']
      const end = await asked.answer(...ends.map((word) => `ensemble.${word}`))
      if (end.type !== 'ensemble.succeeded')
        throw new Error(`an ensemble of the bench ended otherwise: ${JSON.stringify(end)}`)
    },
    async [Symbol.asyncDispose]() {
      await submitter[Symbol.asyncDispose]()
      await installation[Symbol.asyncDispose]()
    },
  }
}
