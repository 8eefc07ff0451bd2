/** `carya worker rm`: a worker that was added here is locked out; any that is gone is forgotten by the service. */
import type { ForgottenWorker } from '@carya/contracts'
import type { Command } from 'commander'
import type { RemovedWorker } from '../stack/added-workers.ts'
import { removeRuns } from '../stack/worker-command.ts'
import { notice, printJson } from '../terminal/streams.ts'
import { count } from '../terminal/text.ts'
import { connect } from './service.ts'

type Options = { json?: true; api?: string }

const HELP = `
One that was made by carya worker add is locked out at once, whatever it is
doing; let it run empty before: carya worker drain NAME. Any other has to be
stopped on its host first: one that is there, or holds runs, is not forgotten.
A worker that is lost and holds nothing is forgotten by itself, as late as ended
runs are (CARYA_RETENTION).`

export function registerRm(worker: Command): void {
  worker
    .command('rm')
    .description('remove a worker: lock out one that was added, and forget one that is gone')
    .argument('<name>', 'the worker')
    .option('--json', 'as JSON: name, forgotten, runs; of one that was added also installation, applied')
    .option('--api <url>', 'the service that is to forget it, and lock out nobody')
    .addHelpText('after', HELP)
    .action(async (name: string, options: Options) => {
      const { removeWorker } = await import('../stack/added-workers.ts')
      const removed = options.api === undefined ? await removeWorker(name, process.env) : undefined
      if (removed) {
        if (options.json) printJson(removed)
        tellRemoved(removed)
        return
      }
      const client = await connect(options, { writes: true })
      const path = `/v1/workers/${encodeURIComponent(name)}`
      const { forgotten, attempts } = await client.json<ForgottenWorker>(path, { method: 'DELETE' })
      if (options.json) printJson({ name, forgotten, runs: attempts })
      notice(`${name} is forgotten. It was not added here: its user on the broker, if it has one, is left.`)
    })
}

function tellRemoved({ name, installation, applied, runs, forgotten }: RemovedWorker): void {
  if (applied) notice(`${name} is removed, and its connections are closed.`)
  else
    notice(
      `${name} is removed: it is locked out when the broker is started, and deleted by the next carya up.`,
    )
  if (runs === 0) notice('It held no runs.')
  else if (runs !== undefined) notice(`It held ${count(runs, 'run')}.`)
  if (forgotten === false)
    notice('carya worker ls shows it until it is lost and its runs have gone elsewhere.')
  if (forgotten === undefined)
    notice(`The service did not answer. When it is up, carya worker rm ${name} has it forgotten.`)
  if (runs === 0) return
  notice('Its runs go to other workers when their leases have run out, and begin anew there.')
  notice(
    'Their containers on its host go on, and their results count no more. To end them, stop the worker there and:',
  )
  notice(`  ${removeRuns(installation, name)}`)
}
