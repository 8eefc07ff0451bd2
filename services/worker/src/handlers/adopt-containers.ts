/**
 * Finds what an earlier process of this worker left on the engine, by labels alone (H18): a lost folder orphans
 * nothing, and containers of others are never touched. Those that run are followed on, those that ended meanwhile are
 * reported, and those that were never started are claimed again: the dispatcher grants or refuses them.
 */
import { labels, Nonce, RunId, type Token } from '@carya/contracts'
import type { Store } from '@carya/store'
import type { AttemptState } from '../domain/attempt.ts'
import { ownLabels } from '../domain/isolation.ts'
import type { Clock, Containers, Look, Reports } from '../ports.ts'
import { withMember } from '../domain/member.ts'
import { hold, type Held, type Holdings } from './held.ts'
import type { RunAttempt } from './run-attempt.ts'
import { claimOf } from './take-job.ts'

export type AdoptParts = {
  worker: string
  containers: Containers
  holdings: Holdings
  attempts: RunAttempt
  reports: Reports
  store: Store
  clock: Clock
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
}

const RUNNING: AttemptState = { granted: true, container: 'running', letGo: false, done: ['start'] }

/** Adopts all of them; resolves when they are held, so that the first heartbeat lists them. */
export async function adoptContainers(parts: AdoptParts): Promise<void> {
  const { containers, log } = parts
  for (const { id } of await containers.mine()) {
    const found = await containers.look(id)
    const token = found && tokenOf(found.labels)
    if (token) adopt(parts, found, token)
    else if (found)
      log.warn({ container: id }, 'a container with our labels that names no attempt is left alone')
  }
}

function adopt(parts: AdoptParts, found: Look, token: Token): void {
  const { holdings, attempts, reports, store, worker, clock, log } = parts
  const terms = {
    timeout: Number(found.labels[ownLabels.timeout]),
    lease: Number(found.labels[ownLabels.lease]),
  }
  const room = { cpus: found.cpus, memory: found.memory }
  const held: Held = hold(token, store.attempt(withMember(token)), room, terms)
  held.container = found.id
  holdings.add(held)
  log.info({ ...token, container: found.id, status: found.status }, 'container adopted')
  if (found.status === 'created') {
    attempts.tell(held, { type: 'prepared' })
    void reports.publish(claimOf(token, worker, clock.now())).catch(() => {})
    return
  }
  if (found.startedAt !== undefined) held.startedAt = found.startedAt
  held.state = RUNNING
  attempts.watch(held)
}

function tokenOf(found: Record<string, string>): Token | undefined {
  const run = RunId.safeParse(found[labels.run])
  const nonce = Nonce.safeParse(found[labels.nonce])
  const attempt = Number(found[labels.attempt])
  if (!run.success || !nonce.success || !Number.isInteger(attempt)) return undefined
  return { run: run.data, attempt, nonce: nonce.data }
}
