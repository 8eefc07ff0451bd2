import type { WorkerList, WorkerView } from '@carya/contracts'
import type { Command } from 'commander'
import { pathOf } from '../client/client.ts'
import { registerAdd } from '../stack/worker-command.ts'
import { forPeople, notice, printJson, printLine } from '../terminal/streams.ts'
import type { Column } from '../terminal/table.ts'
import { bytesText, printable } from '../terminal/text.ts'
import { relativeTime } from '../terminal/time.ts'
import { printTable } from './listing.ts'
import { connect, withServiceOptions, type ServiceOptions } from './service.ts'
import { registerRm } from './worker-rm.ts'
import { workerState } from './worker-state.ts'

const DRAIN_HELP = `
Before an upgrade or a reboot of its host:

  carya worker drain node2          it takes no more runs; those it has go on
  carya worker ls                   says "draining, 3 left", and at last
                                    "draining, empty"
  carya worker drain node2 --off    it takes runs again

It stays drained when it, or the service, is started again.`

export function register(program: Command): void {
  const worker = program.command('worker').description('workers: one on each host')
  registerAdd(worker)
  registerRm(worker)
  const ls = worker
    .command('ls')
    .description('list workers')
    .option('--pool <pool>', 'only those of this pool')
  withServiceOptions(ls).action(list)
  const drain = worker
    .command('drain')
    .description('have a worker take no more runs; those it has go on to their ends')
    .argument('<name>', 'the worker')
    .option('--off', 'have it take runs again')
    .addHelpText('after', DRAIN_HELP)
  withServiceOptions(drain).action(drainOne)
}

async function list(options: ServiceOptions & { pool?: string }): Promise<void> {
  const client = await connect(options)
  const workers = await client.json<WorkerList>(pathOf('/v1/workers', { pool: options.pool, limit: 500 }))
  if (options.json) return printJson(workers)
  printTable(workers.items, columns(options.utc, workers.items), 'No workers: runs wait until one is there.')
  for (const { name, reason } of workers.items)
    if (reason !== undefined) notice(`${printable(name)} takes no jobs for now: ${printable(reason)}`)
  if (workers.next !== undefined) notice(`Only the first ${workers.items.length} are listed.`)
}

async function drainOne(name: string, options: ServiceOptions & { off?: true }): Promise<void> {
  const client = await connect(options, { writes: true })
  const path = `/v1/workers/${encodeURIComponent(name)}/${options.off ? 'resume' : 'drain'}`
  const worker = await client.json<WorkerView>(path, { method: 'POST' })
  if (options.json) return printJson(worker)
  printLine(`${worker.name} ${workerState(worker)}`)
  if (options.off) notice('It takes runs again.')
  else if (worker.drained !== true)
    notice('It takes no more runs. When it has none left, carya worker ls says: draining, empty.')
}

/** Only where some worker rations it. */
const DISK: Column<WorkerView> = {
  title: 'DISK FREE',
  cell: ({ room, size }) =>
    size.disk === undefined ? '' : `${bytesText(room.disk ?? 0)} of ${bytesText(size.disk)}`,
  align: 'right',
}

function columns(utc: boolean | undefined, workers: readonly WorkerView[]): Column<WorkerView>[] {
  const now = Date.now()
  const relative = forPeople() && !utc
  return [
    { title: 'NAME', cell: (worker) => worker.name },
    { title: 'POOL', cell: (worker) => worker.pool },
    { title: 'STATE', cell: workerState, whole: true },
    { title: 'RUNS', cell: (worker) => String(worker.attempts), align: 'right' },
    { title: 'CPUS FREE', cell: ({ room, size }) => `${room.cpus} of ${size.cpus}`, align: 'right' },
    {
      title: 'MEMORY FREE',
      cell: ({ room, size }) => `${bytesText(room.memory)} of ${bytesText(size.memory)}`,
      align: 'right',
    },
    ...(workers.some(({ size }) => size.disk !== undefined) ? [DISK] : []),
    {
      title: 'HEARD',
      cell: (worker) => (relative ? relativeTime(worker.lastBeatAt, now) : worker.lastBeatAt),
    },
    { title: 'VERSION', cell: (worker) => worker.version },
  ]
}
