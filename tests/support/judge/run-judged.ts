/**
 * Whether one run ended as it must: one end that all who tell of it agree on, and the files of the attempt that won
 * and of no other.
 */
import { attemptFolder, isTerminal, type RunEvent, type RunView, type TerminalState } from '@carya/contracts'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CallApi } from '../api.ts'

export type Submitted = {
  id: string
  /** the end it must come to; any, where none is given */
  state?: TerminalState
  /**
   * How often its model may have been started; default exactly once, at most once if it was cancelled. More only where
   * a lease ran out, the engine stopped it, or its container was removed.
   */
  starts?: number | { least: number; most: number }
  /** types of the ends that submitters were told (`run.succeeded`), in any number */
  ends?: readonly string[]
}

/** What was seen from outside. */
export type Seen = { events: readonly RunEvent[]; starts: number | undefined; store: string }

/**
 * By convention of the tests' models, what proves whose outputs they are: a file `who` with the container's host name,
 * which is what its id begins with, and `metrics.json` with a random `word`.
 */
export async function judgeRun(call: CallApi, submitted: Submitted, seen: Seen): Promise<string[]> {
  const { id } = submitted
  const { status, body } = await call('GET', `/v1/runs/${id}`)
  if (status !== 200) return [`${id} is not known: HTTP ${status}`]
  if (!isTerminal(body.state)) return [`${id} is ${body.state}, and should have ended`]
  const wrong = [
    ...wrongEnd(submitted, body, seen.events),
    ...wrongStarts(submitted, body, seen.starts),
    ...(await wrongRecord(body, seen.store)),
    ...(body.state === 'succeeded' ? await wrongOutputs(call, body, seen.store) : []),
  ]
  return wrong.map((what) => `${id} ${what}`)
}

function wrongEnd({ state, ends = [] }: Submitted, run: RunView, events: readonly RunEvent[]): string[] {
  const terminal = events.filter((event) => isTerminal(event.data.state))
  const told = [...terminal.map((event) => event.data.state), ...ends.map((end) => end.replace('run.', ''))]
  const others = told.filter((each) => each !== run.state)
  return [
    ...(state !== undefined && state !== run.state
      ? [`ended ${run.state}, not ${state}: ${JSON.stringify(run.failure)}`]
      : []),
    ...(terminal.length === 1
      ? []
      : [`has ${terminal.length} events of an end: ${terminal.map((event) => event.id).join(', ')}`]),
    ...(others.length > 0 ? [`is ${run.state}, and was told to be ${others.join(', ')}`] : []),
  ]
}

function wrongStarts({ starts }: Submitted, run: RunView, counted: number | undefined): string[] {
  if (counted === undefined) return []
  const usual = run.state === 'cancelled' ? { least: 0, most: 1 } : { least: 1, most: 1 }
  const { least, most } = typeof starts === 'number' ? { least: starts, most: starts } : (starts ?? usual)
  if (counted >= least && counted <= most) return []
  return [`was started ${counted} times, not ${least === most ? least : `${least} to ${most}`}`]
}

/** `run.json` is what stays when Redis has forgotten the run. */
async function wrongRecord(run: RunView, store: string): Promise<string[]> {
  const text = await readFile(join(store, 'runs', run.id, 'run.json'), 'utf8').catch(() => undefined)
  if (text === undefined) return ['has no run.json']
  const kept: RunView = JSON.parse(text)
  return kept.state === run.state ? [] : [`is ${run.state}, and ${kept.state} in its run.json`]
}

async function wrongOutputs(call: CallApi, run: RunView, store: string): Promise<string[]> {
  const winner = run.attempts.at(-1)
  const folder: unknown = Reflect.get(run, 'folder')
  if (!winner || typeof folder !== 'string') return ['succeeded without an attempt and its folder']
  const expected = attemptFolder({ run: run.id, attempt: winner.attempt, nonce: winner.nonce })
  if (folder !== expected) return [`has the folder ${folder}, and its last attempt's is ${expected}`]
  const names = new Set(run.outputs?.map((output) => output.name))
  const wrong: string[] = []
  if (names.has('who')) {
    const { text: who } = await call('GET', `/v1/runs/${run.id}/outputs/who`)
    if (!winner.container?.startsWith(who.trim()))
      wrong.push(`gives the outputs of container ${who.trim()}, and ${winner.container} won`)
  }
  if (names.has('metrics.json')) {
    const path = join(store, folder, 'outputs', 'metrics.json')
    const metrics: { word?: number } = JSON.parse(await readFile(path, 'utf8'))
    if (metrics.word !== run.metrics?.['word'])
      wrong.push(`has the metrics ${JSON.stringify(run.metrics)}, and its folder ${JSON.stringify(metrics)}`)
  }
  return wrong
}
