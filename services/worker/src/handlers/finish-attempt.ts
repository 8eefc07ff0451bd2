/**
 * Ends an attempt: judges how it ended, keeps its log, lists its outputs, and reports. The container and the report
 * stay until the dispatcher says `settled`: a confirm alone does not save a report whose queue is deleted (H8).
 */
import type { Finished, Job } from '@carya/contracts'
import { judge, type Verdict } from '../domain/ending.ts'
import { outputsAsked } from '../domain/outputs-asked.ts'
import { engineText, type Maker } from '../domain/provenance.ts'
import { capped, minimal, noted } from '../domain/report.ts'
import type {
  Clock,
  Inputs,
  InputsGiven,
  KeptLog,
  Logs,
  Outputs,
  OutputsFound,
  Preparation,
  Provenances,
  Reports,
} from '../ports.ts'
import type { Guard } from './guard-outputs.ts'
import type { Held } from './held.ts'

export type FinishParts = {
  worker: string
  reports: Reports
  outputs: Pick<Outputs, 'read'>
  inputs: Pick<Inputs, 'given'>
  preparation: Pick<Preparation, 'jobOf'>
  guard: Pick<Guard, 'limit'>
  logs: Pick<Logs, 'keep'>
  provenances: Provenances
  maker: Pick<Maker, 'engine' | 'version'>
  clock: Pick<Clock, 'now'>
  log: { info(fields: object, message: string): void }
}
export type Finish = {
  /** Makes the report, once, and publishes it. */
  finish(held: Held): Promise<void>
  /** Resolves when no report is being made or published. */
  idle(): Promise<void>
  /** Publishes it again, if the last time is a while ago: the dispatcher does not seem to have it. */
  repeat(held: Held): Promise<void>
}

const REPEAT_MS = 10_000
const NO_INPUTS: InputsGiven = { inputs: {}, notes: [] }
const UNKNOWN_ASKED = 'what its manifest asks of its outputs is not known: its job.json cannot be read'
const NOTHING: OutputsFound = { outputs: [], total: 0, metrics: {}, notes: [] }

export function finishAttempt(parts: FinishParts): Finish {
  const { outputs, logs, provenances, maker, clock, log } = parts

  const publish = async (held: Held, body: Finished): Promise<void> => {
    const report: NonNullable<Held['report']> = { body }
    held.report = report
    let pause = 0 // where the broker refuses it, it goes out again as soon as it is asked for
    try {
      if ((await parts.reports.publish(body)) === 'too large') {
        report.body = minimal(body)
        await parts.reports.publish(report.body)
      }
      pause = REPEAT_MS
    } finally {
      report.againAt = performance.now() + pause
    }
  }
  const lookAt = async (held: Held, job: Job | undefined): Promise<OutputsFound> => {
    const found = await outputs.read(held.place.folder, outputsAsked(job, parts.guard.limit(held)))
    return job === undefined && held.asksOfOutputs ? { problem: UNKNOWN_ASKED, ...found } : found
  }
  const inHand = new Set<Promise<void>>()
  const finish = async (held: Held): Promise<void> => {
    const { container, place, state } = held
    const ran = state.done.includes('start') && container !== undefined && held.ended?.look !== undefined
    const job = held.job ?? (ran ? await parts.preparation.jobOf(held.token) : undefined)
    const [kept, found, given = NO_INPUTS] = await Promise.all([
      ran ? logs.keep(container, place.log, held.live) : { tail: '', notes: [] },
      ran ? lookAt(held, job) : NOTHING,
      parts.inputs.given(held.token),
    ])
    const said = reportOf(held, kept, found, given, parts.worker, clock.now())
    const body = capped({ ...said, engine: engineText(maker.engine), version: maker.version })
    const { outcome, failure, exitCode } = body
    log.info({ ...held.token, outcome, exitCode, failure }, 'attempt ended')
    await publish(
      held,
      noted(body, await provenances.write({ token: held.token, place, ...(job ? { job } : {}) }, body)),
    )
  }
  return {
    finish(held) {
      const work = finish(held).finally(() => inHand.delete(work))
      inHand.add(work)
      return work
    },
    async idle() {
      await Promise.allSettled(inHand)
    },
    async repeat(held) {
      const { report } = held
      if (report?.againAt === undefined || performance.now() < report.againAt) return
      await publish(held, report.body)
    },
  }
}

function reportOf(
  held: Held,
  kept: KeptLog,
  found: OutputsFound,
  { inputs, notes: ofInputs }: InputsGiven,
  worker: string,
  now: string,
): Finished {
  const { container, ended, place, state, signalled, startedAt, timeout, token, usage } = held
  const look = ended?.look
  const exit = look && { exitCode: look.exitCode, oomKilled: look.oomKilled, trusted: ended.trusted }
  const ending = state.ending ?? { cause: 'exited' }
  const verdict = withOutputs(judge({ ending, exit, signalled, timeout }), found)
  const began = look?.startedAt ?? startedAt
  const notes = [...ofInputs, ...kept.notes, ...found.notes]
  // said once: of a model that ended well it is the failure
  if (found.problem !== undefined && found.problem !== verdict.failure?.detail) notes.push(found.problem)
  return {
    v: 1,
    kind: 'finished',
    worker,
    at: now,
    ...token,
    ...verdict,
    finishedAt: look?.finishedAt ?? now,
    exitCode: look && state.done.includes('start') ? look.exitCode : null,
    metrics: found.metrics,
    outputs: found.outputs,
    outputsTotal: found.total,
    logTail: kept.tail,
    folder: place.folder,
    ...(container === undefined ? {} : { container }),
    ...(began === undefined ? {} : { startedAt: began }),
    ...(usage === undefined ? {} : { usage }),
    ...(Object.keys(inputs).length > 0 ? { inputs } : {}),
    ...(notes.length > 0 ? { notes } : {}),
  }
}

/** A model that ended well and left outputs that cannot be read has not succeeded. */
function withOutputs(verdict: Verdict, { problem }: OutputsFound): Verdict {
  if (verdict.outcome !== 'succeeded' || problem === undefined) return verdict
  return { ...verdict, outcome: 'failed', failure: { kind: 'output_error', detail: problem } }
}
