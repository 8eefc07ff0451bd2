import { RunView, type Finished, type Provenance } from '@carya/contracts'
import { describe, expect, test } from 'vitest'
import { jobOf } from './job.ts'
import { lastingOf, shownOf, viewOf, type RunRecord } from './record.ts'
import { reproduce } from './reproduce.ts'
import { decide, type RunEvent } from './run.ts'
import { sampleRun, START } from './sample.fixture.ts'

const LATER = '2026-01-02T00:00:00.000Z'
const asked = { id: 'r01k00000000000000000000001', submitter: 'bob', at: LATER }
const sha256 = 'd'.repeat(64)

function after(run: RunRecord, ...events: RunEvent[]): RunRecord {
  return events.reduce((now, event) => {
    const decision = decide(now, event, LATER, 0)
    if ('refused' in decision) throw new Error(decision.refused)
    return decision.run
  }, run)
}

const pending = sampleRun({
  command: ['dalec', '--fast'],
  files: [{ path: 'in.nml', content: '&dalec /' }],
  setup: { workdir: '/opt/dalec' },
  labels: { site: '7' },
  key: 'k',
  deadline: '2026-01-01T12:00:00.000Z',
  resources: { cpus: 2, memory: 64, memoryGrowth: 2, disk: 1000 },
  memory: 128,
})
const token = { run: pending.id, attempt: 1, nonce: '1111111111111111' }
const running = after(
  pending,
  { type: 'fed', nonce: token.nonce },
  { type: 'claimed', token, worker: 'w1', at: START },
)
const report: Finished = {
  v: 1,
  kind: 'finished',
  worker: 'w1',
  at: LATER,
  ...token,
  outcome: 'succeeded',
  startedAt: START,
  finishedAt: LATER,
  exitCode: 0,
  metrics: { nee: -3 },
  outputs: [{ name: 'daily.csv', bytes: 7, sha256 }],
  outputsTotal: 1,
  logTail: '',
  inputs: { drivers: { sha256, bytes: 12 } },
  engine: 'docker 29.1',
  version: '0.1.0',
  folder: 'runs/x',
}
const ended = after(running, { type: 'finished', report })

describe('what lasts of a run', () => {
  test('has all that it takes to make it again; an answer is spared the texts of its files', () => {
    const kept: unknown = JSON.parse(JSON.stringify(lastingOf(ended)))
    expect(kept).toMatchObject({
      version: ended.version,
      command: ['dalec', '--fast'],
      files: pending.files,
      setup: pending.setup,
      attempts: [
        {
          engine: 'docker 29.1',
          version: '0.1.0',
          inputs: { drivers: { sha256, bytes: 12 } },
        },
      ],
    })
    expect(shownOf(lastingOf(ended))).toEqual(viewOf(ended))
    expect(RunView.parse(viewOf(ended))).not.toHaveProperty('files')
  })
})

describe('a run that is made again', () => {
  const made = reproduce(lastingOf(ended), undefined, {}, asked)
  if ('refused' in made) throw new Error(made.refused)

  test('is a plain run of the asker with the same image, command, parameters, files, setup and limits', () => {
    expect(made).toEqual({
      notes: [],
      run: {
        v: 1,
        version: 1,
        id: asked.id,
        state: 'pending',
        submitter: 'bob',
        model: 'dalec@1.0.0',
        image: pending.image,
        command: pending.command,
        setup: pending.setup,
        params: pending.params,
        inputs: { drivers: { url: 'file:///d', sha256 } },
        files: pending.files,
        resources: pending.resources,
        memory: 128,
        timeout: pending.timeout,
        lease: pending.lease,
        retries: pending.retries,
        priority: 0,
        pool: pending.pool,
        labels: {},
        reproduces: pending.id,
        createdAt: LATER,
        attempts: [],
        lastAttempt: 0,
        modelFailures: 0,
        hostFaults: [],
        replies: [],
      },
    })
  })

  test('gives its worker the very job that the other had, but for who and when', () => {
    const again = jobOf(after(made.run, { type: 'fed', nonce: '2222222222222222' }))
    const { run, nonce, submitter, queuedAt, record, inputs, ...same } = again
    void [run, nonce, submitter, queuedAt, record, inputs]
    expect(jobOf(running)).toMatchObject(same)
  })

  test('forgets what made the other a member of an ensemble', () => {
    const member = { ...lastingOf(ended), ensemble: 'e01k00000000000000000000000', index: 7, varied: ['lai'] }
    const outcome = reproduce(member, undefined, { pool: 'big', priority: 2, key: 'again' }, asked)
    expect(outcome).toMatchObject({ run: { pool: 'big', priority: 2, key: 'again' } })
    for (const field of ['ensemble', 'index', 'varied', 'round'])
      expect(outcome).not.toHaveProperty(`run.${field}`)
  })
})

describe('inputs', () => {
  const of = (run: Partial<RunRecord>, provenance?: Pick<Provenance, 'inputs' | 'resources'>) =>
    reproduce(lastingOf({ ...ended, ...run }), provenance, {}, asked)
  const unread = ended.attempts.map((attempt) => ({ ...attempt, inputs: undefined }))

  test('are pinned by what the worker left beside the outputs, where the record does not say', () => {
    const inputs = { drivers: { url: 'file:///d', sha256: 'e'.repeat(64) } }
    expect(of({ attempts: unread }, { inputs, resources: { cpus: 2, memory: 128 } })).toMatchObject({
      notes: [],
      run: { inputs },
    })
  })

  test('without any checksum are told of; the address of an upload is one', () => {
    const url = `store:sha256/${sha256}`
    expect(of({ attempts: unread, inputs: { drivers: { url: 'file:///d' }, soil: { url } } })).toMatchObject({
      notes: [expect.stringMatching(/drivers .*no checksum/)],
      run: { inputs: { drivers: { url: 'file:///d' }, soil: { url, sha256 } } },
    })
  })
})

test('there must be something to compare with', () => {
  const again = (run: RunRecord) => reproduce(lastingOf(run), undefined, {}, asked)
  expect(again(running)).toEqual({ refused: 'not-ended' })
  expect(again(after(pending, { type: 'cancel' }))).toEqual({ refused: 'never-started' })
  const { startedAt, ...unstarted } = report
  void startedAt
  const failure = { kind: 'image_unavailable' as const, detail: 'gone' }
  const failed = after(
    { ...running, hostFaults: ['w1', 'w2'] },
    { type: 'finished', report: { ...unstarted, outcome: 'failed', exitCode: null, failure } },
  )
  expect(again({ ...failed, state: 'failed' })).toEqual({ refused: 'never-started' })
})
