/**
 * An ended run, or member, is submitted once more as a plain run: found wherever it is known still (Redis, the store,
 * its ensemble), and committed as any submission is. A `key` makes it idempotent.
 */
import {
  badRequest,
  errorsOf,
  newId,
  problem,
  ReproduceRequest,
  type Problem,
  type Reproducing,
} from '@carya/contracts'
import { createHash } from 'node:crypto'
import { memberOf } from '../domain/member.ts'
import { render } from '../domain/messages.ts'
import { lastingOf, type EndedRun, type RunRecord } from '../domain/record.ts'
import { reproduce, type Reproduction } from '../domain/reproduce.ts'
import { canonical } from '../domain/submission.ts'
import type { Clock, EndedRuns, Provenances, RunStore } from '../ports.ts'
import type { FindMember } from './find-member.ts'
import { fullProblem } from './find-model.ts'
import { submissionOf, submitOnce, type Answer, type Asking } from './submit-once.ts'

export type ReproduceParts = {
  runs: RunStore
  ended: EndedRuns
  findMember: FindMember
  provenances: Provenances
  clock: Clock
  installation: string
  poke: (pool: string) => void
  full: () => string | undefined
}

/** Undefined where there is no such run. The body is untrusted; none at all asks for nothing. */
export type ReproduceRun = (
  id: string,
  body: unknown,
  asking: Pick<Asking, 'submitter'>,
) => Promise<Answer<Reproducing> | undefined>

export function reproduceRun(parts: ReproduceParts): ReproduceRun {
  const { runs, ended, findMember, provenances, clock, installation, poke, full } = parts

  async function find(id: string): Promise<EndedRun | undefined> {
    const record = await runs.read(id)
    if (memberOf(id) && (!record || record.endedAt !== undefined)) return findMember(id)
    return record ? lastingOf(record) : ended.find(id)
  }

  return async (id, body = {}, asking) => {
    const parsed = ReproduceRequest.safeParse(body)
    if (!parsed.success) return { rejected: badRequest(errorsOf(parsed.error, body)) }
    const request = parsed.data
    const original = await find(id)
    if (!original) return undefined
    const made = original.endedAt === undefined ? undefined : await provenances.find(original)
    const again = (): Reproduction =>
      reproduce(original, made, request, {
        id: newId('r'),
        submitter: asking.submitter,
        at: clock.iso(),
      })
    const hash = createHash('sha256')
      .update(canonical({ reproduce: id, ...request }))
      .digest('base64url')
    return submitOnce<Reproducing>(runs, {
      request,
      asking,
      body: hash,
      async join(known) {
        const run = await runs.read(known)
        const outcome = again()
        return run && { accepted: answer(run, id, true, 'notes' in outcome ? outcome.notes : []) }
      },
      async pin() {
        const why = fullProblem(full)
        if (why) return { rejected: why }
        const outcome = again()
        if ('refused' in outcome) return { rejected: refusal(original, outcome.refused) }
        const { run, notes } = outcome
        return {
          create(key) {
            const submission = submissionOf(key, hash)
            const out = render(run, [{ kind: 'changed' }], installation, run.createdAt)
            return runs.create(submission ? { ...run, submission } : run, key, hash, out)
          },
          done() {
            poke(run.pool)
            return answer(run, id, false, notes)
          },
        }
      },
    })
  }
}

function answer(run: RunRecord, reproduces: string, duplicate: boolean, notes: string[]): Reproducing {
  return { v: 1, id: run.id, state: run.state, duplicate, reproduces, notes }
}

function refusal({ id, state }: EndedRun, why: 'not-ended' | 'never-started'): Problem {
  return why === 'not-ended'
    ? problem(409, why, 'The run has not ended', `${id} is ${state}: it can be made again when it has ended`)
    : problem(
        409,
        why,
        'The run was never started',
        `${id} is ${state}, and its model never ran: there is nothing to compare with; submit it anew`,
      )
}
