/** An ensemble to test decisions with. */
import type { EnsembleRecord, EnsembleSpec } from './ensemble-record.ts'
import { model, START } from './sample.fixture.ts'

export const ENSEMBLE = 'e01k00000000000000000000000'

/** One of ten members that runs, of which none was fed; `more` changes what matters to a test. */
export function sampleEnsemble(more: Partial<EnsembleRecord> = {}): EnsembleRecord {
  return {
    v: 1,
    version: 1,
    id: ENSEMBLE,
    state: 'running',
    submitter: 'ann',
    model: 'dalec@1.0.0',
    labels: {},
    pool: 'default',
    priority: 0,
    members: 10,
    cursor: 0,
    round: 0,
    cost: { cpus: 1, memory: 1 },
    memberBytes: 2000,
    results: 'none',
    createdAt: START,
    replies: [],
    ...more,
  }
}

/** What was pinned of it. */
export function sampleSpec(more: Partial<EnsembleSpec> = {}): EnsembleSpec {
  return {
    v: 1,
    id: ENSEMBLE,
    model: 'dalec@1.0.0',
    image: model.image,
    design: { kind: 'random', samples: 10, seed: 1, dimensions: [] },
    varied: [],
    base: { params: {}, inputs: {} },
    resources: { cpus: 1, memory: 1 },
    timeout: 60,
    lease: 60,
    retries: 0,
    failure: { policy: 'continue' },
    labels: {},
    metrics: {},
    outputs: {},
    notes: [],
    ...more,
  }
}
