/** How a state is shown: by glyph, word and colour, so that none of them is needed alone. */
import type { EnsembleState, RunState } from '@carya/contracts'
import { paint, type Style } from '../terminal/streams.ts'
import { exitCodes, type ExitCode } from '../terminal/exit-codes.ts'

type State = RunState | EnsembleState

const looks: Record<State, { glyph: string; style: Style }> = {
  checking: { glyph: '◌', style: 'dim' },
  pending: { glyph: '·', style: 'dim' },
  queued: { glyph: '○', style: 'cyan' },
  running: { glyph: '●', style: 'blue' },
  paused: { glyph: '‖', style: 'yellow' },
  succeeded: { glyph: '✓', style: 'green' },
  partial: { glyph: '◐', style: 'yellow' },
  failed: { glyph: '✗', style: 'red' },
  cancelled: { glyph: '⊘', style: 'yellow' },
}

/** `✓ succeeded`; a state of a newer service is shown as it is. */
export function stateText(state: State): string {
  return `${looks[state]?.glyph ?? '?'} ${state}`
}

/** A text in the colour of a state. */
export function inColour(state: State, text: string): string {
  return looks[state] ? paint(looks[state].style, text) : text
}

/** What a command that waited for a run's end exits with. */
export function exitCodeOf(state: State): ExitCode {
  if (state === 'succeeded') return exitCodes.ok
  return state === 'cancelled' ? exitCodes.cancelled : exitCodes.failed
}
