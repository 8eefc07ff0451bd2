/**
 * Leaves `run.json` beside the outputs of an attempt that has ended: what made them. It is one small file, written
 * before the end is reported, so that whoever hears of the end finds it. What hinders it is a note in the report: a
 * report is worth more, and a store that hangs must not keep it.
 */
import type { Job } from '@carya/contracts'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { provenanceOf, type Maker } from '../domain/provenance.ts'
import type { Preparation, Provenances } from '../ports.ts'
import { openTurns } from '../turns.ts'
import { RECORDS } from './threads.ts'
import { writeWhole } from './write-whole.ts'

const FILE = 'run.json'
/** A store that takes longer for a small file hangs. */
const PATIENCE_MS = 10_000

export type ProvenanceOptions = {
  maker: Maker
  preparation: Pick<Preparation, 'jobOf'>
  patienceMs?: number
}

export function openProvenances({
  maker,
  preparation,
  patienceMs = PATIENCE_MS,
}: ProvenanceOptions): Provenances {
  const turns = openTurns(RECORDS)

  /** `given`: the job as this process took it; that of one that it adopted stands in the attempt's folder. */
  async function write(
    ...[{ token, place, job: given }, report]: Parameters<Provenances['write']>
  ): Promise<string | undefined> {
    const job = given ?? (await preparation.jobOf(token))
    if (!job) return 'its job.json cannot be read'
    const content = provenanceOf(job, report, rendered(job), maker)
    await turns.run(() => writeWhole(join(place.path, FILE), `${JSON.stringify(content, undefined, 2)}\n`))
    return undefined
  }

  return {
    async write(held, report) {
      const late = Promise.withResolvers<string>()
      const timer = setTimeout(() => late.resolve('the store did not answer in time'), patienceMs)
      const writing = write(held, report).catch((error: unknown) =>
        error instanceof Error ? error.message : String(error),
      )
      const why = await Promise.race([writing, late.promise])
      clearTimeout(timer)
      return why === undefined ? undefined : `${FILE} could not be written: ${why}`
    },
  }
}

function rendered({ files }: Pick<Job, 'files'>) {
  return files.map(({ path, content }) => {
    const bytes = Buffer.from(content)
    return { path, bytes: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') }
  })
}
