/** A run as text for people. */
import type { AttemptView, RunView } from '@carya/contracts'
import type { Client } from '../client/client.ts'
import { shortId } from '../client/find-run.ts'
import { forPeople, printLine } from '../terminal/streams.ts'
import { tableLines, type Column } from '../terminal/table.ts'
import { bytesText, durationText, printable } from '../terminal/text.ts'
import { localTime, relativeTime } from '../terminal/time.ts'
import { fit } from './listing.ts'
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

/** Prints a run: what was asked, how it went, what came of it, and last what went wrong. */
export function printRun(client: Client, run: RunView, { utc }: { utc?: boolean | undefined }): void {
  const now = Date.now()
  const plain = utc === true || !forPeople()
  const time = (at: string) => (plain ? at : `${localTime(at)} (${relativeTime(at, now)})`)
  const { resources, image, progress } = run
  const facts: [string, string | undefined][] = [
    ['id', run.id],
    ['model', run.model],
    ['image', `${image.name} ${image.digest.slice(0, 19)}…`],
    ['submitted', `${time(run.createdAt)} by ${run.submitter}`],
    ['started', run.startedAt && time(run.startedAt)],
    ['ended', run.endedAt && time(run.endedAt)],
    [
      'progress',
      run.state === 'running' && progress !== undefined ? `${Math.floor(progress * 100)} %` : undefined,
    ],
    ['asks', `${resources.cpus} CPU, ${bytesText(resources.memory)}, pool ${run.pool}`],
    ['used', usedText(run.attempts.at(-1))],
    ['key', run.key],
    ['labels', pairs(run.labels)],
    ['parameters', pairs(run.params)],
    ['inputs', pairs(Object.fromEntries(Object.entries(run.inputs).map(([name, { url }]) => [name, url])))],
  ]
  printLine(inColour(run.state, `${stateText(run.state)}  ${shortId(run.id)}`))
  for (const [name, value] of facts)
    if (value !== undefined && value !== '') printLine(`  ${name.padEnd(11)}${printable(value)}`)
  if (run.attempts.length > 0) section('Attempts', () => printAttempts(run.attempts, time))
  const metrics = Object.entries(run.metrics ?? {})
  if (metrics.length > 0)
    section('Metrics', () => {
      for (const [name, value] of metrics) printLine(`  ${printable(name)} = ${value}`)
    })
  printOutputs(run)
  printFailure(run)
}

function printOutputs({ id, outputs = [], outputsTotal = outputs.length }: RunView): void {
  if (outputs.length === 0) return
  section('Outputs', () => {
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
    const lines = (logTail ?? '').trimEnd().split('\n').slice(-LOG_LINES)
    for (const line of lines) if (line !== '') printLine(`  | ${printable(line)}`)
  })
}

function section(title: string, print: () => void): void {
  printLine()
  printLine(title)
  print()
}

function printAttempts(attempts: readonly AttemptView[], time: (at: string) => string): void {
  const columns = fit(attempts, attemptColumns(time), process.stdout.columns ?? 120)
  for (const line of tableLines(attempts, columns, true)) printLine(line)
}

function attemptColumns(time: (at: string) => string): Column<AttemptView>[] {
  return [
    { title: '  #', cell: (one) => String(one.attempt), align: 'right' },
    { title: 'WORKER', cell: (one) => one.worker ?? '' },
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

function pairs(values: Record<string, unknown>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ')
}
