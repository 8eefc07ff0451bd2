/** A run as text for people. */
import type { AttemptView, RunView, Varied } from '@carya/contracts'
import type { Client } from '../client/client.ts'
import { shortId } from '../client/find-run.ts'
import { forPeople, printLine } from '../terminal/streams.ts'
import type { Column } from '../terminal/table.ts'
import { bytesText, durationText, printable } from '../terminal/text.ts'
import { localTime, relativeTime } from '../terminal/time.ts'
import { printInnerTable } from './listing.ts'
import { provenanceLines } from './provenance-text.ts'
import { inColour, stateText } from './states.ts'

const OUTPUTS_SHOWN = 12
const LOG_LINES = 10

/** The run with an absolute address for each output, as programs are given it. */
export function withAddresses({ context }: Client, run: RunView): RunView {
  if (run.outputs === undefined) return run
  const outputs = run.outputs.map((output) => {
    const path =
      output.url ?? `/v1/runs/${run.id}/outputs/${output.name.split('/').map(encodeURIComponent).join('/')}`
    return { ...output, url: new URL(path, context.api).href }
  })
  return { ...run, outputs }
}

/**
 * Prints a run: what was asked, how it went, what came of it, and last what went wrong. Of a member what varies comes
 * first.
 */
export function printRun(
  client: Client,
  run: RunView,
  { utc, varied = [] }: { utc?: boolean | undefined; varied?: readonly Varied[] },
): void {
  const now = Date.now()
  const plain = utc === true || !forPeople()
  const time = (at: string) => (plain ? at : `${localTime(at)} (${relativeTime(at, now)})`)
  const { resources, progress } = run
  const inputs = Object.fromEntries(Object.entries(run.inputs).map(([name, { url }]) => [name, url]))
  const others = (values: Record<string, unknown>, prefix = '') =>
    Object.fromEntries(
      Object.entries(values).filter(([name]) => !varied.some((one) => one.name === prefix + name)),
    )
  const facts: [string, string | undefined][] = [
    ['id', run.id],
    ['model', run.model],
    ['submitted', `${time(run.createdAt)} by ${run.submitter}`],
    ['not before', run.after && time(run.after)],
    ['deadline', run.deadline && time(run.deadline)],
    ['started', run.startedAt && time(run.startedAt)],
    ['next try', nextTry(run, time)],
    ['ended', run.endedAt && time(run.endedAt)],
    [
      'progress',
      run.state === 'running' && progress !== undefined ? `${Math.floor(progress * 100)} %` : undefined,
    ],
    ['preparing', run.state === 'running' ? run.preparing : undefined],
    ['asks', `${resources.cpus} CPU, ${memoryText(resources)}${diskText(resources)}, pool ${run.pool}`],
    ['used', usedText(run.attempts.at(-1))],
    ['key', run.key],
    ['labels', pairs(run.labels)],
    ['parameters', pairs(others(run.params))],
    ['inputs', pairs(others(inputs, 'input.'))],
  ]
  printLine(inColour(run.state, `${stateText(run.state)}  ${shortId(run.id)}${stoppingText(run, now)}`))
  const version = { '@version': run.model.replace(/^.*@/, '') }
  for (const line of variedLines(varied, { ...run.params, ...prefixed(inputs), ...version })) printLine(line)
  for (const [name, value] of facts)
    if (value !== undefined && value !== '') printLine(`  ${name.padEnd(11)}${printable(value)}`)
  if (run.attempts.length > 0) section('Attempts', () => printAttempts(run.attempts, time))
  section('Made with', () => {
    for (const [name, value] of provenanceLines(run)) printLine(`  ${name.padEnd(11)}${printable(value)}`)
  })
  const metrics = Object.entries(run.metrics ?? {})
  if (metrics.length > 0)
    section('Metrics', () => {
      for (const [name, value] of metrics) printLine(`  ${printable(name)} = ${value}`)
    })
  printOutputs(run)
  printFailure(run)
}

const prefixed = (inputs: Record<string, string>) =>
  Object.fromEntries(Object.entries(inputs).map(([name, url]) => [`input.${name}`, url]))

/** A line for each thing that varies, with its value and unit. */
export function variedLines(varied: readonly Varied[], values: Readonly<RunView['params']>): string[] {
  const longest = Math.max(0, ...varied.map(({ name }) => name.length))
  return varied.map(({ name, unit }, i) => {
    const value = String(values[name] ?? '–')
    const line = `${name.padEnd(longest)} = ${value}${unit === undefined ? '' : ` ${unit}`}`
    return `  ${(i === 0 ? 'varies' : '').padEnd(11)}${printable(line)}`
  })
}

function printOutputs({ id, attempts, outputs = [], outputsTotal = outputs.length }: RunView): void {
  if (outputs.length === 0) return
  section(attempts.at(-1)?.failure ? 'Outputs of a failed attempt' : 'Outputs', () => {
    for (const { name, bytes } of outputs.slice(0, OUTPUTS_SHOWN))
      printLine(`  ${printable(name)}  ${bytesText(bytes)}`)
    const shown = Math.min(outputs.length, OUTPUTS_SHOWN)
    if (outputsTotal > shown) printLine(`  ${shown} of ${outputsTotal}; all: carya outputs ${shortId(id)}`)
  })
}

function printFailure({ state, failure, logTail }: RunView): void {
  if (state !== 'failed') return
  section('What went wrong', () => {
    if (failure) printLine(`  ${failure.kind}: ${printable(failure.detail)}`)
    for (const line of lastLines(logTail)) printLine(`  | ${line}`)
  })
}

/** The last lines of a log's end, harmless to a terminal; without empty ones. */
export function lastLines(logTail = ''): string[] {
  const lines = logTail.trimEnd().split('\n').slice(-LOG_LINES)
  return lines.filter((line) => line !== '').map((line) => printable(line))
}

function section(title: string, print: () => void): void {
  printLine()
  printLine(title)
  print()
}

function stoppingText({ state, cancelRequested, deadline }: RunView, now: number): string {
  if (state !== 'running') return ''
  if (cancelRequested) return ', being cancelled'
  return deadline !== undefined && Date.parse(deadline) < now ? ', being stopped at its deadline' : ''
}

/** When a run that failed and waits is tried again; `not before` says it of one that was never tried. */
function nextTry({ state, notBefore, attempts }: RunView, time: (at: string) => string): string | undefined {
  if (state !== 'pending' || attempts.length === 0) return undefined
  return notBefore === undefined ? 'as soon as there is room' : time(notBefore)
}

/** What is asked of disk, where something is. */
export function diskText({ disk }: { disk?: number | undefined }): string {
  return disk === undefined ? '' : `, ${bytesText(disk)} of disk`
}

function memoryText({ memory, memoryGrowth, memoryMost }: RunView['resources']): string {
  if (memoryGrowth === undefined) return bytesText(memory)
  const most = bytesText(Math.max(memory, memoryMost ?? 8 * memory))
  return `${bytesText(memory)} (when it runs out ${memoryGrowth} times as much, at most ${most})`
}

function printAttempts(attempts: readonly AttemptView[], time: (at: string) => string): void {
  const all = attemptColumns(time)
  // nothing is said of what all attempts have in common
  const told = all.filter(({ title, cell }) => title !== 'MEMORY' || attempts.some((one) => cell(one) !== ''))
  printInnerTable(attempts, told)
}

function attemptColumns(time: (at: string) => string): Column<AttemptView>[] {
  return [
    { title: '  #', cell: (one) => String(one.attempt), align: 'right' },
    { title: 'WORKER', cell: (one) => one.worker ?? (one.placed ? `for ${one.placed}` : '') },
    { title: 'MEMORY', cell: (one) => (one.memory === undefined ? '' : bytesText(one.memory)) },
    { title: 'CONTAINER', cell: (one) => one.container?.slice(0, 12) ?? '' },
    { title: 'STARTED', cell: (one) => (one.startedAt ? time(one.startedAt) : '') },
    { title: 'TOOK', cell: tookOf, align: 'right' },
    { title: 'EXIT', cell: (one) => String(one.exitCode ?? ''), align: 'right' },
    { title: 'FAILURE', cell: (one) => (one.failure ? `${one.failure.kind}: ${one.failure.detail}` : '') },
  ]
}

function tookOf({ startedAt, finishedAt }: AttemptView): string {
  return startedAt && finishedAt ? durationText(Date.parse(finishedAt) - Date.parse(startedAt)) : ''
}

function usedText(attempt: AttemptView | undefined): string | undefined {
  const { cpuSeconds, maxMemoryBytes } = attempt?.usage ?? {}
  const parts = [
    cpuSeconds === undefined ? '' : `${cpuSeconds.toFixed(1)} s of CPU`,
    maxMemoryBytes === undefined ? '' : `${bytesText(maxMemoryBytes)} of memory at most`,
  ]
  return parts.filter((part) => part !== '').join(', ')
}

/** `name=value` of each, with blanks between. */
export function pairs(values: Record<string, unknown>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ')
}
