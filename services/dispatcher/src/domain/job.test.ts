import { Job, type Token } from '@carya/contracts'
import { expect, test } from 'vitest'
import { jobOf, recordOf } from './job.ts'
import type { RunRecord } from './record.ts'
import { decide, type RunEvent } from './run.ts'
import { sampleRun, START } from './sample.fixture.ts'

const apply = (run: RunRecord, event: RunEvent): RunRecord => {
  const decision = decide(run, event, START, 0)
  if ('refused' in decision) throw new Error(decision.refused)
  return decision.run
}
const tokenOf = (run: RunRecord): Token => {
  const { attempt, nonce } = run.attempts.at(-1)!
  return { run: run.id, attempt, nonce }
}
const held = { worker: 'w1', at: START }
const full = sampleRun({
  key: 'k',
  labels: { site: 'a' },
  priority: 3,
  retries: 5,
  after: START,
  deadline: '2027-01-01T00:00:00.000Z',
  resources: { cpus: 2, memory: 100, memoryGrowth: 2 },
  replies: [{ to: 'amq.rabbitmq.reply-to.x', correlationId: 'c' }],
})

test('the record that its worker grants from is made again by the job alone, on the first attempt and later ones', () => {
  const first = apply(full, { type: 'fed', nonce: '1111111111111111' })
  const job = Job.parse(JSON.parse(JSON.stringify(jobOf(first))))
  const running = apply(first, { type: 'claimed', token: tokenOf(first), ...held })
  expect(recordOf(job, held)).toEqual(running)

  const failure = { kind: 'worker_lost' as const, detail: '' }
  const lost = apply(running, { type: 'lost', token: tokenOf(running), failure })
  const second = apply(lost, { type: 'fed', nonce: '2222222222222222', placed: 'w1' })
  const again = apply(second, { type: 'claimed', token: tokenOf(second), ...held })
  expect(recordOf(Job.parse(jobOf(second)), held)).toEqual(again)
  expect(again.hostFaults).toEqual(['w1'])
})

test('a field of a newer version goes with the job and comes back', () => {
  const later = { colour: 'green' }
  const newer: RunRecord = { ...full, ...later }
  const queued = apply(newer, { type: 'fed', nonce: '1111111111111111' })
  const job = Job.parse(JSON.parse(JSON.stringify(jobOf(queued))))
  expect(recordOf(job, held)).toMatchObject({ colour: 'green' })
})

test('a job without a record gives one with defaults', () => {
  const { record, ...bare } = jobOf(apply(full, { type: 'fed', nonce: '1111111111111111' }))
  void record
  expect(recordOf(bare, held)).toMatchObject({ state: 'running', retries: 0, labels: {}, lastAttempt: 1 })
})

test('a queue that the submitter may not name is no place for answers, whatever a host says', () => {
  const job = jobOf(
    apply({ ...full, replies: [{ to: 'carya.reports' }] }, { type: 'fed', nonce: '1111111111111111' }),
  )
  expect(recordOf(job, held).replies).toEqual([])
})
