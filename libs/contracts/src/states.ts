/** Run states, failure kinds and the transition table, as data: code decides by it, documents are drawn from it. */
import { z } from 'zod'

export const runStates = ['pending', 'queued', 'running', 'succeeded', 'failed', 'cancelled'] as const
export const RunState = z.enum(runStates).meta({ id: 'RunState' })
export type RunState = z.infer<typeof RunState>

export const terminalStates = ['succeeded', 'failed', 'cancelled'] as const
export type TerminalState = (typeof terminalStates)[number]

/** `checking`: its table is being read. `partial`: ended within its failure policy, some members failed. */
export const ensembleStates = [
  'checking',
  'running',
  'paused',
  'succeeded',
  'partial',
  'failed',
  'cancelled',
] as const
export const EnsembleState = z.enum(ensembleStates).meta({ id: 'EnsembleState' })
export type EnsembleState = z.infer<typeof EnsembleState>

/** True for a state that an ensemble leaves only when its failed members are run again. */
export function isEnded(state: EnsembleState): boolean {
  return state !== 'checking' && state !== 'running' && state !== 'paused'
}

/** True for a state that nothing leaves. */
export function isTerminal(state: RunState): state is TerminalState {
  return (terminalStates as readonly string[]).includes(state)
}

/** Why an attempt failed. The first four are the model's or the request's, the others the host's. */
export const failureKinds = [
  'model_error',
  'out_of_memory',
  'timeout',
  'output_error',
  'input_unavailable',
  'image_unavailable',
  'engine_error',
  'worker_lost',
] as const
export const FailureKind = z.enum(failureKinds).meta({ id: 'FailureKind' })
export type FailureKind = z.infer<typeof FailureKind>

export const Failure = z
  .looseObject({ kind: FailureKind, detail: z.string() })
  .meta({ id: 'Failure', description: 'Why a run or an attempt failed' })
export type Failure = z.infer<typeof Failure>

/** Host faults do not spend the model's retries (H17). */
export const hostFaults: ReadonlySet<FailureKind> = new Set([
  'image_unavailable',
  'engine_error',
  'worker_lost',
])

export type Transition = { from: RunState; on: string; to: RunState }

/** Every way from state to state; there are no others. */
export const transitions = [
  { from: 'pending', on: 'fed', to: 'queued' },
  { from: 'pending', on: 'cancel', to: 'cancelled' },
  { from: 'queued', on: 'granted', to: 'running' },
  { from: 'queued', on: 'declined, or its job lost', to: 'pending' },
  { from: 'queued', on: 'cancel', to: 'cancelled' },
  { from: 'pending', on: 'its deadline passed', to: 'failed' },
  { from: 'queued', on: 'failed for good, its grant forgotten, or its deadline passed', to: 'failed' },
  // Redis was put back (H4): what the hosts hold, and what the store says has ended, is the truth
  { from: 'pending', on: 'found on its host', to: 'running' },
  { from: 'pending', on: 'found ended in the store', to: 'succeeded' },
  { from: 'queued', on: 'finished well, its grant forgotten', to: 'succeeded' },
  { from: 'running', on: 'finished well', to: 'succeeded' },
  { from: 'running', on: 'failed for good', to: 'failed' },
  { from: 'running', on: 'failed, will be tried again', to: 'pending' },
  { from: 'running', on: 'stopped by a cancel', to: 'cancelled' },
] as const satisfies readonly Transition[]

/** Whether the table knows a way from one state to the other. */
export function allows(from: RunState, to: RunState): boolean {
  return transitions.some((way) => way.from === from && way.to === to)
}

/** The table as a mermaid state diagram, for ARCHITECTURE.md. */
export function stateDiagram(): string {
  const ways = transitions.map((way) => `  ${way.from} --> ${way.to}: ${way.on}`)
  const ends = terminalStates.map((state) => `  ${state} --> [*]`)
  return ['stateDiagram-v2', '  [*] --> pending: accepted', ...ways, ...ends].join('\n')
}
