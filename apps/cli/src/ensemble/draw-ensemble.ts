/**
 * Shows how far an ensemble is, on stderr: on a terminal four lines that are redrawn, elsewhere a line now and then,
 * as a run's wait does.
 */
import type { EnsembleView } from '@carya/contracts'
import { shortId } from '../client/find-run.ts'
import type { WatchedEnsemble } from '../client/watch-ensemble.ts'
import { stateText } from '../commands/states.ts'
import { openBlock } from '../terminal/block.ts'
import { bar, lineIsDue, type Target } from '../terminal/progress.ts'
import { durationText } from '../terminal/text.ts'
import { observed, rateOf, type Observation } from './pace.ts'
import { countsText, endedOf, progressLines, shareOf, type Progress } from './progress-lines.ts'
import type { Slots } from './slots.ts'

export type Drawing = {
  see(seen: WatchedEnsemble): void
  /** Draws again, for the clock's sake. */
  tick(): void
  slots(slots: Slots): void
  /** The last line, which stays. */
  end(ensemble: EnsembleView): void
  /** Leaves it: the ensemble goes on. */
  detach(): void
}

/** Begins to show; nothing else may write to `out` until `end` or `detach`. */
export function drawEnsemble(
  id: string,
  out: Target = process.stderr,
  clock: () => number = Date.now,
): Drawing {
  const animated = out.isTTY === true && process.env['TERM'] !== 'dumb'
  const block = openBlock(out)
  const began = clock()
  let observations: Observation[] = []
  let last = { at: began, share: 0 }
  let slots: Slots | undefined
  let progress: Omit<Progress, 'watched' | 'slots' | 'rate'> | undefined

  const now = (): Progress | undefined =>
    progress && { ...progress, slots, rate: rateOf(observations), watched: clock() - began }
  const draw = () => {
    const seen = now()
    if (seen === undefined) return
    if (animated) return block.draw(progressLines(seen, (out.columns || 80) - 1))
    const share = shareOf(seen.members)
    if (!lineIsDue(last, clock(), share)) return
    last = { at: clock(), share: share ?? 0 }
    const text =
      seen.trouble === undefined ? countsText(seen) : `the service is not reached (${seen.trouble})`
    out.write(`… ${shortId(id)}: ${share === undefined ? '' : `${bar(share)} `}${text}\n`)
  }
  const close = (mark: string, text: string) => {
    if (animated) block.clear()
    const took = clock() - began
    out.write(`${mark}${text}${took >= 1000 ? ` (${durationText(took)})` : ''}\n`)
  }
  if (!animated) out.write(`… ${shortId(id)}\n`)
  return {
    see(seen) {
      if (seen.kind === 'lost') {
        if (progress) progress = { ...progress, trouble: seen.why }
      } else {
        const counts = countsIn(seen)
        if (counts === undefined) return
        progress = { id, state: counts.state, members: counts.members, failures: counts.failures }
        observations = observed(observations, { at: clock(), ended: endedOf(counts.members) })
      }
      draw()
    },
    tick: draw,
    slots(found) {
      slots = found
      draw()
    },
    end: ({ state }) => close(`${stateText(state).split(' ')[0]} `, `${shortId(id)} ${state}`),
    detach: () => close('✓ ', `${shortId(id)} is left to go on`),
  }
}

function countsIn(seen: Exclude<WatchedEnsemble, { kind: 'lost' }>) {
  if (seen.kind === 'ensemble') return seen.ensemble
  return seen.item.kind === 'ensemble' ? seen.item : undefined
}
