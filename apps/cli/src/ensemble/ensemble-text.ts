/** An ensemble as text for people. */
import type { EnsembleView, FailureGroup, Varied } from '@carya/contracts'
import { shortId } from '../client/find-run.ts'
import { hasEnded } from '../client/watch-ensemble.ts'
import { printInnerTable } from '../commands/listing.ts'
import { diskText, pairs } from '../commands/run-text.ts'
import { inColour, stateText } from '../commands/states.ts'
import { forPeople, printLine } from '../terminal/streams.ts'
import type { Column } from '../terminal/table.ts'
import { bytesText, count, durationText, printable } from '../terminal/text.ts'
import { localTime, relativeTime } from '../terminal/time.ts'
import { designText, wayText } from './design-text.ts'
import { endedOf, grouped } from './progress-lines.ts'

/** Prints an ensemble: what was asked, how far it is, and last what went wrong. */
export function printEnsemble(ensemble: EnsembleView, { utc }: { utc?: boolean | undefined }): void {
  const now = Date.now()
  const plain = utc === true || !forPeople()
  const time = (at: string) => (plain ? at : `${localTime(at)} (${relativeTime(at, now)})`)
  const { image, versions, base, resources, maxParallel } = ensemble
  const facts: [string, string | undefined][] = [
    ['id', ensemble.id],
    ['model', ensemble.model],
    ...Object.entries(versions ?? { '': { image } }).map(([name, pinned]): [string, string] => [
      name === '' ? 'image' : `@${name}`,
      `${pinned.image.name} ${pinned.image.digest.slice(0, 19)}…`,
    ]),
    ['submitted', `${time(ensemble.createdAt)} by ${ensemble.submitter}`],
    ['started', ensemble.startedAt && time(ensemble.startedAt)],
    ['ended', ensemble.endedAt && time(ensemble.endedAt)],
    ['design', designText(ensemble.design)],
    ['members', membersText(ensemble)],
    ['at once', maxParallel === undefined ? undefined : `at most ${grouped(maxParallel)}`],
    ['failures', policyText(ensemble)],
    ['run again', ensemble.round === 0 ? undefined : count(ensemble.round, 'time')],
    [
      'each asks',
      `${resources.cpus} CPU, ${bytesText(resources.memory)}${diskText(resources)}, pool ${ensemble.pool}`,
    ],
    ['timeout', durationText(ensemble.timeout * 1000)],
    ['priority', ensemble.priority === 0 ? undefined : String(ensemble.priority)],
    ['key', ensemble.key],
    ['labels', pairs(ensemble.labels)],
    ['parameters', pairs(base.params)],
    ['inputs', pairs(Object.fromEntries(Object.entries(base.inputs).map(([name, { url }]) => [name, url])))],
    ['results', resultsText(ensemble)],
  ]
  printHead(ensemble)
  for (const [name, value] of facts)
    if (value !== undefined && value !== '') printLine(`  ${name.padEnd(11)}${printable(value)}`)
  for (const note of ensemble.notes ?? []) printLine(`  ${'note'.padEnd(11)}${printable(note)}`)
  if (ensemble.varied.length > 0) printLine()
  if (ensemble.varied.length > 0) printInnerTable(ensemble.varied, variedColumns(ensemble))
  printWrong(ensemble)
}

/** State and short id. */
export function printHead({ id, state, cancelRequested }: EnsembleView): void {
  const stopping = cancelRequested && !hasEnded({ state }) ? ', being cancelled' : ''
  printLine(inColour(state, `${stateText(state)}  ${shortId(id)}${stopping}`))
}

/** What a command that has waited says: the state, the counts, what went wrong, and where the results are. */
export function printEnd(ensemble: EnsembleView): void {
  printHead(ensemble)
  printLine(`  ${'members'.padEnd(11)}${membersText(ensemble)}`)
  const results = resultsText(ensemble)
  if (results !== undefined) printLine(`  ${'results'.padEnd(11)}${results}`)
  printWrong(ensemble)
}

/** `1,000: 450 succeeded, 3 failed, 8 running, 539 waiting` */
export function membersText({ state, members }: Pick<EnsembleView, 'state' | 'members'>): string {
  const { total, ...counts } = members
  const { succeeded, failed, cancelled, running, queued, pending } = counts
  const words = [
    `${grouped(succeeded)} succeeded`,
    failed > 0 ? `${grouped(failed)} failed` : '',
    cancelled > 0 ? `${grouped(cancelled)} cancelled` : '',
    running > 0 ? `${grouped(running)} running` : '',
    queued + pending > 0 ? `${grouped(queued + pending)} waiting` : '',
  ]
  if (total === undefined) return hasEnded({ state }) ? 'none came into being' : 'not known yet'
  return `${grouped(total)}: ${words.filter(Boolean).join(', ')}`
}

function policyText({ failure }: EnsembleView): string {
  if (failure.policy === 'stop') return 'the first one ends it'
  if (failure.policy === 'continue') return 'all others go on'
  return `at most ${Number((failure.share * 100).toPrecision(6))} % are tolerated`
}

function resultsText({ id, results, members, state }: EnsembleView): string | undefined {
  const command = `carya results ${shortId(id)}`
  if (members.total === undefined && hasEnded({ state })) return undefined
  if (results === 'failed') return 'there are none: its tables could not be made'
  if (endedOf(members) === 0) return undefined
  return hasEnded({ state }) ? command : `${command} (of the members so far)`
}

function variedColumns({ design }: EnsembleView): Column<Varied>[] {
  return [
    { title: 'VARIES', cell: ({ name }) => name },
    { title: 'HOW', cell: ({ name }) => wayText(design, name) },
    { title: 'UNIT', cell: ({ unit = '' }) => unit },
    { title: 'DESCRIPTION', cell: ({ description = '' }) => description },
  ]
}

const failureColumns: Column<FailureGroup>[] = [
  { title: 'FAILED', cell: (group) => grouped(group.count), align: 'right', whole: true },
  { title: 'KIND', cell: ({ kind }) => kind },
  { title: 'FOR EXAMPLE', cell: ({ example }) => shortId(example), whole: true },
]

function printWrong({ id, failures, errors = [], reason }: EnsembleView): void {
  if (failures.length > 0) {
    printLine()
    printInnerTable(failures, failureColumns)
    printLine(`  set against the parameters: carya failures ${shortId(id)}`)
  }
  if (errors.length === 0 && reason === undefined) return
  printLine()
  printLine('What went wrong')
  if (reason !== undefined) printLine(`  ${printable(reason)}`)
  for (const { path, value, detail } of errors) {
    const given = value === undefined ? '' : ` (given: ${JSON.stringify(value)})`
    printLine(`  ${printable(`${path}: ${detail}${given}`)}`)
  }
}
