/**
 * What the end of a container means. Traps, each seen on a real engine:
 * - 137 is any SIGKILL. Only the engine's own flag tells that memory ran out, and it is also set where a child was
 *   killed and the model lived on: so the flag counts only with an exit other than 0.
 * - An engine that stops sends TERM, and a model that then exits 0 has not succeeded: a code counts only if the
 *   engine is known not to have stopped meanwhile, and nobody to have signalled the model (H19). Of an engine killed with its host some versions say 0.
 * - An end before our signal reached the model is the model's own, whatever was ordered (H16).
 */
import { type Failure } from '@carya/contracts'
import type { Ending } from './attempt.ts'

export type Exit = {
  exitCode: number
  oomKilled: boolean
  /** whether the engine is known to have watched over the container to its end, which nobody else brought about */
  trusted: boolean
}

export type Verdict = { outcome: 'succeeded' | 'failed' | 'stopped'; failure?: Failure; oomSeen?: boolean }

export type EndFacts = {
  ending: Ending
  /** absent where it never ran, or nobody knows how it ended */
  exit?: Exit | undefined
  /** whether a signal of ours reached it */
  signalled: boolean
  /** seconds */
  timeout: number | undefined
}

/** The outcome of an attempt, before its outputs are read. */
export function judge({ ending, exit, signalled, timeout }: EndFacts): Verdict {
  if (ending.cause === 'failed') return failed(ending.failure)
  const ordered = signalled || !exit
  if (ending.cause === 'stopped' && ordered) return { outcome: 'stopped' }
  if (ending.cause === 'timeout' && ordered)
    return failed({ kind: 'timeout', detail: `still running after ${timeout} s` })
  if (ending.cause === 'overfilled' && ordered) return failed({ kind: 'output_error', detail: ending.detail })
  if (!exit)
    return failed({ kind: 'engine_error', detail: 'the container is gone, removed by somebody else' })
  return judgeExit(exit)
}

function judgeExit({ exitCode, oomKilled, trusted }: Exit): Verdict {
  const seen = oomKilled ? { oomSeen: true } : {}
  if (!trusted) {
    const detail = `ended from outside, or it may have been (the engine stopped): exit code ${exitCode} means nothing`
    return failed({ kind: 'engine_error', detail })
  }
  if (exitCode === 0) return { outcome: 'succeeded', ...seen }
  if (oomKilled)
    return { ...failed({ kind: 'out_of_memory', detail: `out of memory, exit code ${exitCode}` }), ...seen }
  if (exitCode === SIGKILLED)
    return failed({ kind: 'engine_error', detail: 'killed (exit code 137), and not by us or for its memory' })
  const kind = exitCode === TOO_LARGE ? 'output_error' : 'model_error'
  return failed({ kind, detail: `exit code ${exitCode}${meaning(exitCode)}` })
}

const SIGKILLED = 137
/** SIGXFSZ */
const TOO_LARGE = 153
const MEANINGS: Record<number, string> = {
  126: ', the command cannot be executed',
  127: ', the command was not found',
  132: ', an illegal instruction',
  134: ', aborted',
  136: ', an arithmetic error',
  139: ', a segmentation fault',
  143: ', terminated',
  [TOO_LARGE]: ', a file grew beyond the limit',
}

function meaning(exitCode: number): string {
  return MEANINGS[exitCode] ?? ''
}

function failed(failure: Failure): Verdict {
  return { outcome: 'failed', failure }
}
