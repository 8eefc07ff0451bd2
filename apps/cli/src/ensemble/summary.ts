/** The statistics of an ensemble, once they are of all its members, where it has ended. */
import type { EnsembleSummary, EnsembleView, ResultFile } from '@carya/contracts'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../client/client.ts'
import { shortId } from '../client/find-run.ts'
import { hasEnded } from '../client/watch-ensemble.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { startStep } from '../terminal/progress.ts'
import { notice } from '../terminal/streams.ts'
import { endedOf, grouped } from './progress-lines.ts'

const LOOK_MS = 500

/** Where a file of the results is read. */
export function addressOf(id: string, file: ResultFile): string {
  return `/v1/ensembles/${id}/results/${file}`
}

export async function readSummary(client: Client, id: string): Promise<EnsembleSummary> {
  return client.json<EnsembleSummary>(addressOf(id, 'summary.json'))
}

/**
 * The ensemble, with its results ready to be read: of one that has ended they are made in the background, which is
 * waited for; of one that goes on it is said that they are of the members so far. Fails where there can be none.
 */
export async function withResults(client: Client, id: string): Promise<EnsembleView> {
  const look = () => client.json<EnsembleView>(`/v1/ensembles/${id}`)
  let ensemble = await look()
  if (endedOf(ensemble.members) === 0) throw noneYet(ensemble)
  if (!hasEnded(ensemble)) {
    const { members } = ensemble
    const all = members.total === undefined ? '' : ` of ${grouped(members.total)}`
    notice(`It goes on: these are the ${grouped(endedOf(members))}${all} members so far.`)
    return ensemble
  }
  if (ensemble.results !== 'partial' && ensemble.results !== 'none') return ensemble
  // its service makes them, and begins again where it was stopped
  const step = startStep('tables and statistics are being made')
  try {
    while (ensemble.results === 'partial' || ensemble.results === 'none') {
      await sleep(LOOK_MS)
      ensemble = await look()
    }
  } catch (error) {
    step.fail()
    throw error
  }
  if (ensemble.results === 'complete') step.done('tables and statistics are made')
  else step.fail('tables and statistics are not made')
  return ensemble
}

function noneYet({ id, state, errors = [] }: EnsembleView): CommandFailure {
  const short = shortId(id)
  return new CommandFailure(exitCodes.failed, {
    title: `${short} has no results: no member has ended`,
    detail: `It is ${state}.`,
    errors,
    help: [hasEnded({ state }) ? `See carya show ${short}` : `Wait for it: carya wait ${short}`],
  })
}
