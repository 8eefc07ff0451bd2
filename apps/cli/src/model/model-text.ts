/** A model as text for people. */
import type { Manifest, Model, Parameter } from '@carya/contracts'
import { printTable } from '../commands/listing.ts'
import { pairs } from '../commands/run-text.ts'
import { printLine } from '../terminal/streams.ts'
import type { Column } from '../terminal/table.ts'
import { printable } from '../terminal/text.ts'
import { shortDigest } from './manifest-source.ts'
import { refOf } from './register-model.ts'

/** Prints a model; `versions` are all of its name. */
export function printModel(model: Model, versions: readonly Model[]): void {
  const { manifest, image } = model
  printLine(`${refOf(model)}${model.default ? ' (default)' : ''}`)
  if (manifest.description !== undefined) printLine(printable(manifest.description))
  const others = versions.filter(({ version }) => version !== model.version)
  const facts: [string, string | undefined][] = [
    ['image', `${image.name} ${shortDigest(image.digest)}`],
    ['command', manifest.command?.join(' ')],
    ['workdir', manifest.workdir],
    ['registered', model.registeredAt],
    ['versions', others.map((one) => `${one.version}${one.default ? ' (default)' : ''}`).join(', ')],
    ['authors', manifest.authors?.join(', ')],
    ['citation', manifest.citation],
    ['licence', manifest.licence],
    ['links', manifest.links?.join(' ')],
    ['asks', asksText(manifest)],
    ['isolation', isolationText(manifest)],
    ['test', testText(manifest)],
  ]
  for (const [name, value] of facts)
    if (value !== undefined && value !== '') printLine(`  ${name.padEnd(11)}${printable(value)}`)
  printLine()
  printTable(Object.entries(manifest.parameters), parameterColumns, 'No parameters.')
  section('Files that are rendered', filesOf(manifest))
  section('Inputs', inputsOf(manifest))
  section('Outputs', outputsOf(manifest))
  section('Metrics', metricsOf(manifest))
}

function section(title: string, lines: readonly string[]): void {
  if (lines.length === 0) return
  printLine()
  printLine(title)
  for (const line of lines) printLine(`  ${printable(line)}`)
}

function asksText({ resources, timeout, deadline, lease, retries }: Manifest): string {
  const { cpus, memory, memoryGrowth, disk } = resources
  const parts = [
    cpus === undefined ? '' : `${cpus} CPU`,
    memory === undefined ? '' : `${memory} of memory`,
    memoryGrowth === undefined ? '' : `${memoryGrowth} times as much when it runs out`,
    disk === undefined ? '' : `${disk} for outputs`,
    timeout === undefined ? '' : `timeout ${timeout}`,
    deadline === undefined ? '' : `deadline ${deadline}`,
    lease === undefined ? '' : `lease ${lease}`,
    retries === undefined ? '' : `retries ${retries}`,
  ]
  return parts.filter((part) => part !== '').join(', ')
}

/** What it asks to be without of the isolation that all have. */
function isolationText({ isolation = {} }: Manifest): string {
  const { network, writable = [], capabilities = [], runtime } = isolation
  const parts = [
    network === undefined || network === 'none' ? '' : `network ${network}`,
    writable.length === 0 ? '' : `may write ${writable.join(', ')}`,
    capabilities.length === 0 ? '' : `capabilities ${capabilities.join(', ')}`,
    runtime === undefined ? '' : `runtime ${runtime}`,
  ]
  return parts.filter((part) => part !== '').join('; ')
}

function testText({ test }: Manifest): string {
  if (!test) return 'none declared'
  const { params = {}, metrics = {}, outputs = {}, tolerance } = test
  const expected = [pairs(metrics), ...Object.keys(outputs)].filter((part) => part !== '')
  const asked = pairs(params)
  return `${asked === '' ? 'the defaults give' : `${asked} gives`} ${expected.join(', ')} (within ${tolerance})`
}

const filesOf = ({ files = {} }: Manifest) =>
  Object.entries(files).map(([path, { description }]) => path + saying(description))

const inputsOf = ({ inputs }: Manifest) =>
  Object.entries(inputs).map(([name, { required, default: usual, path, unpack, mediaType, description }]) => {
    const notes = [
      required ? '' : 'may be left out',
      usual === undefined ? '' : `default ${typeof usual === 'string' ? usual : usual.url}`,
      mediaType ?? '',
      unpack ? 'unpacked' : '',
      path === undefined ? '' : `as ${path}`,
    ]
    return name + within(notes) + saying(description)
  })

const outputsOf = ({ outputs }: Manifest) =>
  Object.entries(outputs).flatMap(([name, { required, mediaType, series, columns = {}, description }]) => [
    name +
      within([required ? 'required' : '', mediaType ?? '', series ? `series over ${series.time}` : '']) +
      saying(description),
    ...Object.entries(columns).map(
      ([column, note]) => `  ${column}${inUnit(note.unit)}${saying(note.description)}`,
    ),
  ])

const metricsOf = ({ metrics }: Manifest) =>
  Object.entries(metrics).map(([name, { unit, from, description }]) => {
    const taken = from ? ` = ${from.take} of ${from.column} in ${from.output}` : ''
    return name + inUnit(unit) + taken + saying(description)
  })

const saying = (description: string | undefined) => (description === undefined ? '' : `: ${description}`)
const inUnit = (unit: string | undefined) => (unit === undefined ? '' : ` [${unit}]`)
const within = (notes: readonly string[]) => {
  const said = notes.filter((note) => note !== '')
  return said.length === 0 ? '' : ` (${said.join(', ')})`
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
