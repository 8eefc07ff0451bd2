/**
 * Finds what an earlier process of this worker left on the engine, by labels alone (H18): a lost folder orphans
 * nothing, and containers of others are never touched. Those that run are followed on, those that ended meanwhile are
 * reported, and those that were never started are claimed again: the dispatcher grants or refuses them. They may have
 * been made under another policy of the host's: one that the policy does not allow now is removed, and declined.
 *
 * What the engine cannot tell now is asked again later, and stops nothing else. A container that was started is held all
 * the same: an attempt that a heartbeat leaves out is lost at once, and would be run again beside it.
 */
import { labels, Nonce, RunId, type Policy, type Token } from '@carya/contracts'
import type { Store } from '@carya/store'
import type { AttemptState } from '../domain/attempt.ts'
import { ownLabels } from '../domain/isolation.ts'
import type { Clock, Containers, Found, Inputs, Look, Preparation, Reports } from '../ports.ts'
import { withMember } from '../domain/member.ts'
import { hold, type Held, type Holdings } from './held.ts'
import type { RunAttempt } from './run-attempt.ts'
import type { Standing } from './standing.ts'
import { againstPolicy, claimOf, declineOf } from './take-job.ts'

export type AdoptParts = {
  worker: string
  containers: Containers
  holdings: Holdings
  attempts: RunAttempt
  reports: Reports
  inputs: Pick<Inputs, 'recall'>
  preparation: Pick<Preparation, 'jobOf'>
  policy: Policy | undefined
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
const PATIENCE_SECONDS = 5
const SICK_AGAIN_SECONDS = 10
/** What is not known of a container that cannot be looked at; its end tells the rest. */
const UNKNOWN = { exitCode: 0, oomKilled: false, error: '', cpus: 0, memory: 0 }
const RUNNING: AttemptState = { granted: true, container: 'running', letGo: false, done: ['start'] }

/** Adopts each time that the name is gained; resolves after the first time. */
export function adoptWithName(parts: AdoptParts): Promise<void> {
  const { standing, log } = parts
  const first = Promise.withResolvers<void>()
  let isAdopting = false
  let areSick = false
  let patientSince = -1
  /** However long an adoption takes that has begun before. */
  const bePatient = (): void => {
    const { timesLost } = standing
    if (!standing.mustAdopt || patientSince === timesLost) return
    patientSince = timesLost
    parts.clock.after(PATIENCE_SECONDS, () => standing.late(timesLost))
  }
  const adoptAll = async (): Promise<void> => {
    const { timesLost } = standing
    areSick = !(await adoptContainers(parts))
    first.resolve()
    standing.ready(timesLost)
  }
  const adoptNow = (): void => {
    isAdopting = true
    adoptAll()
      .catch((err: unknown) => log.error({ err }, 'containers could not be adopted'))
      .finally(() => {
        isAdopting = false
        parts.clock.after(AGAIN_SECONDS, adoptOnce) // the name may have gone and come back meanwhile
        if (areSick) parts.clock.after(SICK_AGAIN_SECONDS, () => !isAdopting && standing.speaks && adoptNow())
      })
  }
  const adoptOnce = (): void => {
    bePatient()
    if (!isAdopting && standing.mustAdopt) adoptNow()
  }
  standing.onChange(adoptOnce)
  adoptOnce()
  return first.promise
}

/** Adopts all of them; resolves when they are held, so that the first heartbeat lists them: to whether all are well. */
async function adoptContainers(parts: AdoptParts): Promise<boolean> {
  const found = await parts.containers.mine()
  const areWell = await Promise.all(found.map((each) => adoptOne(parts, each)))
  return !areWell.includes(false)
}

async function adoptOne(parts: AdoptParts, { id, status, labels: given }: Found): Promise<boolean> {
  const token = tokenOf(given)
  if (!token) {
    parts.log.warn({ container: id }, 'a container with our labels that names no attempt is left alone')
    return true
  }
  try {
    const found = await parts.containers.look(id)
    if (found) adopt(parts, found, token)
    return true
  } catch (err) {
    parts.log.error({ err, ...token, container: id }, 'the engine does not tell how a container is')
    // also of one that is adopted only when the engine can tell: until then nothing of it may leave the cache
    parts.inputs.recall(token)
    if (status !== 'created') adopt(parts, { ...UNKNOWN, id, status, labels: given }, token)
    return false
  }
}

function adopt(parts: AdoptParts, found: Look, token: Token): void {
  const { holdings, attempts, store, log } = parts
  const known = holdings.find(token)
  if (known && (known.state.container !== 'created' || found.status === 'created')) return
  const terms = {
    timeout: Number(found.labels[ownLabels.timeout]),
    lease: Number(found.labels[ownLabels.lease]),
  }
  const disk = Number(found.labels[ownLabels.disk])
  const room = { cpus: found.cpus, memory: found.memory, disk: disk > 0 ? disk : undefined }
  // one that is held, unstarted, may have been started by another process that had the name meanwhile
  const held: Held = known ?? hold(token, store.attempt(withMember(token)), room, terms)
  held.container = found.id
  held.asksOfOutputs = found.labels[ownLabels.asksOfOutputs] === 'yes'
  if (!known) holdings.add(held)
  parts.inputs.recall(token)
  log.info({ ...token, container: found.id, status: found.status }, 'container adopted')
  if (found.status === 'created') {
    // while the store does not tell what it is, it is as one that is being prepared
    readmit(parts, held).catch((err: unknown) => log.error({ err, ...token }, 'failed'))
    return
  }
  if (found.startedAt !== undefined) held.startedAt = found.startedAt
  held.state = RUNNING
  attempts.watch(held)
}

async function readmit({ attempts, preparation, policy, ...parts }: AdoptParts, held: Held): Promise<void> {
  const { reports, worker, clock, log } = parts
  const { token } = held
  const job = await preparation.jobOf(token)
  const against = job && againstPolicy(policy, job)
  // let go of first: then there is no moment in which a grant would start it
  if (against !== undefined) attempts.tell(held, { type: 'let go' })
  attempts.tell(held, { type: 'prepared' })
  if (against !== undefined) log.info({ ...token, reason: against }, 'job declined')
  const at = clock.now()
  const said = against === undefined ? claimOf(token, worker, at) : declineOf(token, worker, at, against)
  await reports.publish(said).catch(() => {})
}

function tokenOf(found: Record<string, string>): Token | undefined {
  const run = RunId.safeParse(found[labels.run])
  const nonce = Nonce.safeParse(found[labels.nonce])
  const attempt = Number(found[labels.attempt])
  if (!run.success || !nonce.success || !Number.isInteger(attempt)) return undefined
  return { run: run.data, attempt, nonce: nonce.data }
}
