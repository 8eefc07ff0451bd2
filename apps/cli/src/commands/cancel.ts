import type { CancelAccepted, EnsembleView } from '@carya/contracts'
import type { Command } from 'commander'
import type { Client } from '../client/client.ts'
import { findSubmission, kindOf, shortId } from '../client/find-run.ts'
import { hasEnded } from '../client/watch-ensemble.ts'
import { confirm } from '../terminal/confirm.ts'
import { notice, printJson, printLine } from '../terminal/streams.ts'
import { count } from '../terminal/text.ts'
import { connect, withServiceOptions, type ServiceOptions } from './service.ts'
import { stateText } from './states.ts'

type Options = ServiceOptions & { yes?: true }

/** Members that may be cancelled without asking. */
const UNASKED = 1000

export function register(program: Command): void {
  const command = program
    .command('cancel')
    .description('cancel a run or an ensemble; of an ended one it changes nothing')
    .argument('<id>', 'a run or an ensemble: its id, at least four characters of its end, or @last')
    .option('--yes', `do not ask before more than ${UNASKED} members are cancelled`)
  withServiceOptions(command).action(async (word: string, options: Options) => {
    const client = await connect(options, { writes: true })
    const id = await findSubmission(client, word)
    const isEnsemble = kindOf(id) === 'ensemble'
    if (isEnsemble && !options.yes) await ask(client, id)
    const path = `/v1/${isEnsemble ? 'ensembles' : 'runs'}/${id}/cancel`
    const accepted = await client.json<CancelAccepted>(path, { method: 'POST' })
    if (options.json) printJson(accepted)
    else {
      printLine(`${shortId(id)} ${stateText(accepted.state)}`)
      notice(isEnsemble ? toldOfEnsemble(accepted) : told(accepted))
    }
  })
}

async function ask(client: Client, id: string): Promise<void> {
  const ensemble = await client.json<EnsembleView>(`/v1/ensembles/${id}`)
  const { pending, queued, running } = ensemble.members
  const left = pending + queued + running
  if (hasEnded(ensemble) || left <= UNASKED) return
  const short = shortId(id)
  await confirm(`${count(left, 'member')} of ${short} would be cancelled.`, short)
}

/** What the cancel did: which of two that race came first, the cancel or the end, is said in the same way to all. */
function told({ state, changed = true }: CancelAccepted): string {
  if (state === 'running')
    return changed ? 'It is being stopped.' : 'It was being stopped already: nothing was changed.'
  return changed ? 'It will not be started.' : 'It had ended already: nothing was changed.'
}

/** The same of an ensemble, which ends when the last of its members has been stopped. */
function toldOfEnsemble({ state, changed = true }: CancelAccepted): string {
  const ended = hasEnded({ state })
  if (!changed) return `It ${ended ? 'had ended' : 'was being stopped'} already: nothing was changed.`
  return ended ? 'No member runs any more.' : 'No more members are started; those that run are being stopped.'
}
