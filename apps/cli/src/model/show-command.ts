/** `carya model show`. */
import type { Model, Parameter } from '@carya/contracts'
import type { Command } from 'commander'
import { printTable } from '../commands/listing.ts'
import { connect, withServiceOptions, type ServiceOptions } from '../commands/service.ts'
import { printJson, printLine } from '../terminal/streams.ts'
import type { Column } from '../terminal/table.ts'
import { printable } from '../terminal/text.ts'
import { noModel } from './known-models.ts'

export function register(model: Command): void {
  withServiceOptions(
    model
      .command('show')
      .description('show a model: its parameters, inputs and outputs')
      .argument('<model>', 'its name, or name@version'),
  ).action(show)
}

async function show(ref: string, options: ServiceOptions): Promise<void> {
  const client = await connect(options)
  const model = await client.find<Model>(`/v1/models/${encodeURIComponent(ref)}`)
  if (!model) throw await noModel(client, ref)
  if (options.json) return printJson(model)
  const { manifest, image } = model
  printLine(`${model.name}@${model.version}`)
  if (manifest.description !== undefined) printLine(printable(manifest.description))
  printLine(`  image      ${printable(image.name)} ${image.digest.slice(0, 19)}…`)
  if (manifest.citation !== undefined) printLine(`  citation   ${printable(manifest.citation)}`)
  printLine()
  printTable(Object.entries(manifest.parameters), parameterColumns, 'No parameters.')
  for (const [title, things] of [
    ['Inputs', manifest.inputs],
    ['Outputs', manifest.outputs],
  ] as const) {
    const rows = Object.entries(things)
    if (rows.length === 0) continue
    printLine()
    printLine(title)
    for (const [name, { description }] of rows)
      printLine(`  ${printable(name)}${description === undefined ? '' : `: ${printable(description)}`}`)
  }
}

const parameterColumns: Column<[string, Parameter]>[] = [
  { title: 'PARAMETER', cell: ([name]) => name },
  { title: 'TYPE', cell: ([, one]) => one.type },
  {
    title: 'DEFAULT',
    cell: ([, one]) => (one.default === undefined ? '(must be given)' : String(one.default)),
    align: 'right',
  },
  {
    title: 'RANGE',
    cell: ([, { range, choices }]) => (range ? `${range[0]} … ${range[1]}` : (choices?.join(' | ') ?? '')),
  },
  { title: 'UNIT', cell: ([, one]) => one.unit ?? '' },
  { title: 'DESCRIPTION', cell: ([, one]) => one.description ?? '' },
]
