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
import type { Standing } from './standing.ts'
import { claimOf } from './take-job.ts'

export type AdoptParts = {
  worker: string
  containers: Containers
  holdings: Holdings
  attempts: RunAttempt
  reports: Reports
  store: Store
  standing: Standing
  clock: Clock
  log: {
    info(fields: object, message: string): void
    warn(fields: object, message: string): void
    error(fields: object, message: string): void
  }
}

const AGAIN_SECONDS = 1
const RUNNING: AttemptState = { granted: true, container: 'running', letGo: false, done: ['start'] }

/** Adopts when the name is gained, and each time that another had it meanwhile; resolves after the first time. */
export function adoptWithName(parts: AdoptParts): Promise<void> {
  const { standing, log } = parts
  const first = Promise.withResolvers<void>()
  let isAdopting = false
  const adoptAll = async (): Promise<void> => {
    const { timesTaken } = standing
    await adoptContainers(parts)
    first.resolve()
    standing.ready(timesTaken)
  }
  const adoptOnce = (): void => {
    if (isAdopting || !standing.mustAdopt) return
    isAdopting = true
    adoptAll()
      .catch((err: unknown) => {
        log.error({ err }, 'containers could not be adopted')
        first.reject(err)
      })
      .finally(() => {
        isAdopting = false
        parts.clock.after(AGAIN_SECONDS, adoptOnce) // the name may have gone and come back meanwhile
      })
  }
  standing.onChange(adoptOnce)
  adoptOnce()
  return first.promise
}

/** Adopts all of them; resolves when they are held, so that the first heartbeat lists them. */
async function adoptContainers(parts: AdoptParts): Promise<void> {
  const { containers, log } = parts
  const looked = (await containers.mine()).map(async ({ id }) => {
    const found = await containers.look(id)
    const token = found && tokenOf(found.labels)
    if (token) adopt(parts, found, token)
    else if (found)
      log.warn({ container: id }, 'a container with our labels that names no attempt is left alone')
  })
  await Promise.all(looked)
}

function adopt(parts: AdoptParts, found: Look, token: Token): void {
  const { holdings, attempts, reports, store, worker, clock, log } = parts
  const known = holdings.find(token)
  if (known && (known.state.container !== 'created' || found.status === 'created')) return
  const terms = {
    timeout: Number(found.labels[ownLabels.timeout]),
    lease: Number(found.labels[ownLabels.lease]),
  }
  const room = { cpus: found.cpus, memory: found.memory }
  // one that is held, unstarted, may have been started by another process that had the name meanwhile
  const held: Held = known ?? hold(token, store.attempt(withMember(token)), room, terms)
  held.container = found.id
  if (!known) holdings.add(held)
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
