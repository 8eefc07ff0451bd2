import type { WorkerList, WorkerView } from '@carya/contracts'
import type { Command } from 'commander'
import { pathOf } from '../client/client.ts'
import { registerHosts } from '../stack/worker-command.ts'
import { forPeople, notice, printJson } from '../terminal/streams.ts'
import type { Column } from '../terminal/table.ts'
import { bytesText, printable } from '../terminal/text.ts'
import { relativeTime } from '../terminal/time.ts'
import { printTable } from './listing.ts'
import { connect, withServiceOptions, type ServiceOptions } from './service.ts'

export function register(program: Command): void {
  const worker = program.command('worker').description('workers: one on each host')
  registerHosts(worker)
  const ls = worker
    .command('ls')
    .description('list workers')
    .option('--pool <pool>', 'only those of this pool')
  withServiceOptions(ls).action(async (options: ServiceOptions & { pool?: string }) => {
    const client = await connect(options)
    const list = await client.json<WorkerList>(pathOf('/v1/workers', { pool: options.pool, limit: 500 }))
    if (options.json) printJson(list)
    else {
      printTable(list.items, columns(options.utc), 'No workers: runs wait until one is there.')
      for (const { name, reason } of list.items)
        if (reason !== undefined) notice(`${printable(name)} takes no jobs for now: ${printable(reason)}`)
      if (list.next !== undefined) notice(`Only the first ${list.items.length} are listed.`)
    }
  })
}

function columns(utc: boolean | undefined): Column<WorkerView>[] {
  const now = Date.now()
  const relative = forPeople() && !utc
  return [
    { title: 'NAME', cell: (worker) => worker.name },
    { title: 'POOL', cell: (worker) => worker.pool },
    { title: 'STATE', cell: (worker) => worker.state },
    { title: 'RUNS', cell: (worker) => String(worker.attempts), align: 'right' },
    { title: 'CPUS FREE', cell: ({ room, size }) => `${room.cpus} of ${size.cpus}`, align: 'right' },
    {
      title: 'MEMORY FREE',
      cell: ({ room, size }) => `${bytesText(room.memory)} of ${bytesText(size.memory)}`,
      align: 'right',
    },
    {
      title: 'HEARD',
      cell: (worker) => (relative ? relativeTime(worker.lastBeatAt, now) : worker.lastBeatAt),
    },
    { title: 'VERSION', cell: (worker) => worker.version },
  ]
}
