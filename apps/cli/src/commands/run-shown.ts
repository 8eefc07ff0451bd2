/** What is shown of a run while it is waited for. */
import type { WatchedRun } from '../client/watch-run.ts'
import { printable } from '../terminal/text.ts'

/** `share` is 0…1, of the model; before that starts `preparing` tells what is done for it. */
export type Shown = { text: string; share?: number | undefined; preparing?: string | undefined }

/** What is shown after one thing more was heard. */
export function shownAfter(before: Shown, seen: WatchedRun): Shown {
  if (seen.kind === 'lost')
    return { share: before.share, text: `the service is not reached, trying again (${seen.why})` }
  if (seen.kind === 'run') {
    const { state, progress, preparing } = seen.run
    return { text: state, share: progress, preparing }
  }
  const { item } = seen
  switch (item.kind) {
    case 'state': {
      const { state } = item.event.data
      // another attempt begins anew
      return state === 'running' ? { ...before, text: state } : { text: state }
    }
    case 'progress':
      return { ...before, share: item.progress }
    case 'preparing':
      return { ...before, preparing: item.preparing }
    default:
      return before
  }
}

/** The same in words, harmless to a terminal. */
export function wordsOf({ text, preparing }: Shown): string {
  return preparing === undefined ? text : printable(preparing)
}
