/**
 * An ensemble of real containers whose dispatcher is killed three times, and the same design once more with nobody
 * killed, by a simulated worker: nobody can tell from the results which was which.
 */
import { workerUser } from '@carya/contracts'
import { expect } from 'vitest'
import { apiOf } from '../../support/api.ts'
import { ensemblesOf } from '../../support/ensembles.ts'
import { engine } from '../../support/engine.ts'
import { leftBehind } from '../../support/judge/left-behind.ts'
import { simulateWorker } from '../../support/simulated-worker.ts'
import { install } from '../../support/stack.ts'
import { TEST_IMAGE } from '../../support/test-image.ts'
import { until } from '../../support/until.ts'
import { openOutage } from '../outage.ts'

const SECONDS = 0.2
const MODEL = {
  parameters: {
    k: { type: 'number', range: [0, 1] },
    n: { type: 'integer', range: [0, 99] },
    site: { type: 'string' },
  },
  // no lease runs out because the machine is busy
  lease: '30s',
}
const VARIED = Object.keys(MODEL.parameters)

const design = (members: number) => ({
  kind: 'lhs',
  samples: members,
  seed: 46,
  vary: {
    k: { beta: [2, 5] },
    n: { uniform: [0, 99] },
    site: { values: ['Hainich', 'Hyytiälä', 'Wind River'] },
  },
})

/** So many members are submitted; the ensemble is to end within `endsMs`, and so is each part of it between kills. */
export async function endureKills(members: number, endsMs: number): Promise<void> {
  await using scene = await openOutage({ worker: { CARYA_WORKER_CPUS: '1' } })
  const ensembles = ensemblesOf((...request) => scene.api(...request))
  await scene.model('brief', `sleep ${SECONDS}`, MODEL)
  const id = await ensembles.submit({ kind: 'ensemble', model: 'brief', design: design(members) })
  const member = (index: number) => scene.judge.starts(`${id}-${index}`)
  const starts = () => Array.from({ length: members }, (_, index) => member(index))

  let { dispatcher } = scene.first
  for (const part of [0.2, 0.5, 0.8]) {
    const started = () => starts().filter((count) => count > 0).length
    await until(`${part * 100} % were started`, () => started() >= part * members, endsMs)
    await dispatcher.stop('SIGKILL')
    dispatcher = await scene.dispatcher()
  }
  expect((await ensembles.ended(id, endsMs)).state).toBe('succeeded')

  const rows = await ensembles.rows(id, 'results.csv')
  expect(rows.map((row) => [row['index'], row['state'], row['attempts']])).toEqual(
    Array.from({ length: members }, (_, index) => [String(index), 'succeeded', '1']),
  )
  const calm = parametersOf(await calmResults(members))
  expect(parametersOf(await ensembles.file(id, 'results.csv'))).toEqual(calm)
  await until('nothing is left', async () => {
    const left = await leftBehind(scene.installation, [engine()])
    return left.length === 0
  })
  // by now no container can come any more
  expect(starts()).toEqual(Array<number>(members).fill(1))
}

/** `results.csv` of the same design. */
async function calmResults(members: number): Promise<string> {
  await using installation = await install()
  const call = apiOf((await installation.dispatcher()).api, installation.token)
  await installation.permitWorker('sim')
  await using _ = await simulateWorker(installation.amqpUrl(workerUser('sim')), 'sim', { auto: true })
  await until('the worker is known', async () => (await call('GET', '/v1/workers')).body.items.length === 1)
  await call('PUT', '/v1/models', { name: 'brief', version: '1', image: TEST_IMAGE, ...MODEL })
  const ensembles = ensemblesOf(call)
  const id = await ensembles.submit({ kind: 'ensemble', model: 'brief', design: design(members) })
  await ensembles.ended(id)
  return ensembles.file(id, 'results.csv')
}

/** Of each line index and what varied, as bytes stand there. */
function parametersOf(csv: string): string[] {
  const [header = '', ...lines] = csv.trimEnd().split('\n')
  const names = header.split(',')
  const places = ['index', ...VARIED].map((name) => names.indexOf(name))
  return [header, ...lines].map((line) => {
    const cells = line.split(',')
    return places.map((place) => cells[place]).join(',')
  })
}
