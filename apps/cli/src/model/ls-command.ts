/** `carya model ls`. */
import type { Model } from '@carya/contracts'
import type { Command } from 'commander'
import { printTable } from '../commands/listing.ts'
import { connect, withServiceOptions, type ServiceOptions } from '../commands/service.ts'
import { forPeople, printJson } from '../terminal/streams.ts'
import type { Column } from '../terminal/table.ts'
import { relativeTime } from '../terminal/time.ts'
import { listModels } from './known-models.ts'
import { refOf } from './register-model.ts'

export function register(model: Command): void {
  withServiceOptions(
    model.command('ls').description('list models: all versions, and which are the defaults'),
  ).action(list)
}

async function list(options: ServiceOptions): Promise<void> {
  const client = await connect(options)
  const models = await listModels(client)
  const now = Date.now()
  const relative = forPeople() && !options.utc
  const columns: Column<Model>[] = [
    { title: 'MODEL', cell: refOf, whole: true },
    { title: 'DEFAULT', cell: (one) => (one.default ? 'yes' : '') },
    { title: 'DIGEST', cell: ({ image }) => image.digest.replace('sha256:', '').slice(0, 12), whole: true },
    {
      title: 'REGISTERED',
      cell: (one) => (relative ? relativeTime(one.registeredAt, now) : one.registeredAt),
    },
    { title: 'DESCRIPTION', cell: (one) => one.manifest.description ?? '' },
  ]
  if (options.json) printJson({ items: models })
  else printTable(models, columns, 'No models. Register one: carya model add model.yaml')
}
