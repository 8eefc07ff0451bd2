import type { CancelAccepted } from '@carya/contracts'
import type { Command } from 'commander'
import { findRun, shortId } from '../client/find-run.ts'
import { notice, printJson, printLine } from '../terminal/streams.ts'
import { connect, withServiceOptions, type ServiceOptions } from './service.ts'
import { stateText } from './states.ts'

export function register(program: Command): void {
  const command = program
    .command('cancel')
    .description('cancel a run; of an ended one it changes nothing')
    .argument('<id>', 'the run: its id, at least four characters of its end, or @last')
  withServiceOptions(command).action(async (word: string, options: ServiceOptions) => {
    const client = await connect(options, { writes: true })
    const id = await findRun(client, word)
    const accepted = await client.json<CancelAccepted>(`/v1/runs/${id}/cancel`, { method: 'POST' })
    if (options.json) printJson(accepted)
    else {
      printLine(`${shortId(id)} ${stateText(accepted.state)}`)
      notice(told(accepted))
    }
  })
}

/** What the cancel did: which of two that race came first, the cancel or the end, is said in the same way to all. */
function told({ state, changed = true }: CancelAccepted): string {
  if (state === 'running')
    return changed ? 'It is being stopped.' : 'It was being stopped already: nothing was changed.'
  return changed ? 'It will not be started.' : 'It had ended already: nothing was changed.'
}
