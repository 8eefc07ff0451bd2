/** An Ishigami ensemble through the whole service, with a worker that computes the function without containers. */
import { workerUser, type MemberCounts } from '@carya/contracts'
import { apiOf } from '../../support/api.ts'
import { ensemblesOf, type CsvRow } from '../../support/ensembles.ts'
import { ishigami, ishigamiEnsemble, ishigamiIndices, ishigamiManifest } from '../../support/ishigami.ts'
import { simulateWorker } from '../../support/simulated-worker.ts'
import { install } from '../../support/stack.ts'
import { until } from '../../support/until.ts'

/** What is found of a design with so many base rows: `indices` are the rows of `sensitivity.csv`. */
export async function simulatedIndices(
  samples: number,
  endsMs = 120_000,
): Promise<{ members: MemberCounts; indices: CsvRow[] }> {
  await using installation = await install()
  const call = apiOf((await installation.dispatcher()).api, installation.token)
  await installation.permitWorker('sim')
  await using _ = await simulateWorker(installation.amqpUrl(workerUser('sim')), 'sim', {
    cpus: 256,
    auto: true,
    result: ({ params }) => ({ metrics: { y: ishigami(params) } }),
  })
  await until('the worker is known', async () => (await call('GET', '/v1/workers')).body.items.length === 1)
  // there are no files, and so no series
  await call('PUT', '/v1/models', { ...ishigamiManifest, outputs: {} })
  const ensembles = ensemblesOf(call)
  const id = await ensembles.submit(ishigamiEnsemble(samples))
  const { members } = await ensembles.ended(id, endsMs)
  return { members, indices: await ensembles.rows(id, 'sensitivity.csv') }
}

/** How far the farthest of all indices is from its true value. */
export function farthest(indices: readonly CsvRow[]): number {
  return Math.max(
    ...Object.entries(ishigamiIndices).flatMap(([parameter, { first, total }]) => {
      const row = indices.find((each) => each['parameter'] === parameter)
      return [Math.abs(Number(row?.['first']) - first), Math.abs(Number(row?.['total']) - total)]
    }),
  )
}
