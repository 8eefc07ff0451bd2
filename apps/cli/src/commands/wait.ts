/** Waits for a run's end and shows how far it is. */
import type { RunView } from '@carya/contracts'
import type { Client } from '../client/client.ts'
import { shortId } from '../client/find-run.ts'
import { watchRun, type WatchedRun } from '../client/watch-run.ts'
import { startStep, type Step } from '../terminal/progress.ts'
import { printJson } from '../terminal/streams.ts'
import { durationText } from '../terminal/text.ts'
import { patienceFor } from './patience.ts'
import { shownAfter, wordsOf, type Shown } from './run-shown.ts'

/** The ended run. With `json`, each thing that happens is printed as an object a line; else progress goes to stderr. */
export async function waitForEnd(
  client: Client,
  id: string,
  { json = false, timeout }: { json?: boolean | undefined; timeout?: number | undefined },
): Promise<RunView> {
  using patience = patienceFor(id, timeout)
  const step = json ? undefined : drawRun(id)
  try {
    for await (const seen of watchRun(client, id, patience)) {
      if (seen.kind === 'item' && json) printJson(seen.item, 'line')
      step?.see(seen)
      if (seen.kind !== 'run' || !seen.ended) continue
      step?.end(seen.run)
      return seen.run
    }
  } catch (error) {
    step?.detach()
    throw error
  }
  throw new Error('the stream of a run ended before the run')
}

function drawRun(id: string) {
  const began = Date.now()
  const step: Step = startStep(shortId(id))
  let shown: Shown = { text: 'pending' }
  const draw = () => step.update(`${wordsOf(shown)}, ${durationText(Date.now() - began)}`, shown.share)
  const clock = setInterval(draw, 1000)
  const see = (seen: WatchedRun) => {
    shown = shownAfter(shown, seen)
    draw()
  }
  return {
    see,
    end(run: RunView) {
      clearInterval(clock)
      if (run.state === 'succeeded') step.done(`${shortId(id)} ${run.state}`)
      else step.fail(`${shortId(id)} ${run.state}`)
    },
    detach() {
      clearInterval(clock)
      step.done(`${shortId(id)} is left to go on`)
    },
  }
}
