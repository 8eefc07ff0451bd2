import type { Model, ModelList, Parameter } from '@carya/contracts'
import type { Command } from 'commander'
import { readFile } from 'node:fs/promises'
import { pathOf, type Client } from '../client/client.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { startStep } from '../terminal/progress.ts'
import { forPeople, notice, printJson, printLine } from '../terminal/streams.ts'
import type { Column } from '../terminal/table.ts'
import { printable } from '../terminal/text.ts'
import { relativeTime } from '../terminal/time.ts'
import { printTable } from './listing.ts'
import { connect, withServiceOptions, type ServiceOptions } from './service.ts'
import { nearest } from '@carya/contracts/nearest'

export function register(program: Command): void {
  const model = program.command('model').description('models that can be run')
  withServiceOptions(
    model
      .command('add')
      .description('register a model by its manifest; its image is looked up by a worker')
      .argument('<file>', 'the manifest, model.yaml'),
  ).action(add)
  withServiceOptions(model.command('ls').description('list models')).action(list)
  withServiceOptions(
    model
      .command('show')
      .description('show a model: its parameters, inputs and outputs')
      .argument('<model>', 'its name, or name@version'),
  ).action(show)
}

async function add(file: string, options: ServiceOptions): Promise<void> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new CommandFailure(exitCodes.usage, { title: `${file} cannot be read`, detail: error.message })
  })
  const { readManifest } = await import('../model/manifest-file.ts')
  const { manifest, placeOf } = readManifest(text, file)
  const client = await connect(options, { writes: true })
  const step = options.json ? undefined : startStep('looking up the image')
  try {
    const model = await client.json<Model>('/v1/models', { method: 'PUT', body: manifest })
    const name = `${model.name}@${model.version}`
    step?.done(`image ${model.image.name} is ${model.image.digest.slice(0, 19)}…`)
    if (options.json) printJson(model)
    else {
      printLine(name)
      notice(`Run it: carya run ${model.name} --wait`)
    }
  } catch (error) {
    step?.fail()
    throw error instanceof CommandFailure ? located(error, file, placeOf) : error
  }
}

/** The failure with line and column before each fault. */
function located(failure: CommandFailure, file: string, placeOf: (path: string) => string): CommandFailure {
  const { errors } = failure.problem
  if (errors === undefined) return failure
  const placed = errors.map((error) => ({
    ...error,
    path: `${file}:${placeOf(error.path ?? '')}${error.path ? `: ${error.path}` : ''}`,
  }))
  const { detail: _, ...problem } = failure.problem
  return new CommandFailure(failure.code, { ...problem, errors: placed }, failure)
}

async function list(options: ServiceOptions): Promise<void> {
  const client = await connect(options)
  const models = await listModels(client)
  const now = Date.now()
  const relative = forPeople() && !options.utc
  const columns: Column<Model>[] = [
    { title: 'MODEL', cell: (one) => `${one.name}@${one.version}` },
    { title: 'DEFAULT', cell: (one) => (one.default ? 'yes' : '') },
    {
      title: 'REGISTERED',
      cell: (one) => (relative ? relativeTime(one.registeredAt, now) : one.registeredAt),
    },
    { title: 'DESCRIPTION', cell: (one) => one.manifest.description ?? '' },
  ]
  if (options.json) printJson({ items: models })
  else printTable(models, columns, 'No models. Register one: carya model add model.yaml')
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

async function listModels(client: Client): Promise<Model[]> {
  const models: Model[] = []
  let cursor: string | undefined
  do {
    const page = await client.json<ModelList>(pathOf('/v1/models', { limit: 500, cursor }))
    models.push(...page.items)
    cursor = page.next
  } while (cursor !== undefined)
  return models
}

async function noModel(client: Client, ref: string): Promise<CommandFailure> {
  const models = await listModels(client)
  const near = nearest(
    ref,
    models.flatMap((one) => [one.name, `${one.name}@${one.version}`]),
  )
  return new CommandFailure(exitCodes.usage, {
    title: `There is no model ${ref}`,
    help: [near === undefined ? 'See carya model ls' : `Did you mean ${near}?`],
  })
}
