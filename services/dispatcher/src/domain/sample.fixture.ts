/** A model and a run to test decisions with. */
import type { Model } from '@carya/contracts'
import { accept } from './accept.ts'
import type { RunRecord } from './record.ts'

export const START = '2026-01-01T00:00:00.000Z'

export const model: Model = {
  v: 1,
  name: 'dalec',
  version: '1.0.0',
  default: true,
  image: { name: 'carya/dalec:1.0.0', digest: `sha256:${'a'.repeat(64)}`, by: 'id' },
  manifest: {
    name: 'dalec',
    version: '1.0.0',
    image: 'carya/dalec:1.0.0',
    parameters: {
      lai: { type: 'number', default: 2, range: [0.1, 10], unit: 'm2 m-2' },
      years: { type: 'integer' },
      verbose: { type: 'boolean', default: false },
      scheme: { type: 'string', default: 'acm', choices: ['acm', 'farquhar'] },
    },
    inputs: { drivers: { required: true }, soil: { required: false } },
    outputs: {},
    metrics: {},
    resources: { cpus: 2, memory: '64MiB' },
    timeout: '5m',
    retries: 1,
  },
  registeredAt: START,
}

/** A run as it stands right after acceptance; `more` changes what matters to a test. */
export function sampleRun(more: Partial<RunRecord> = {}): RunRecord {
  const request = {
    kind: 'run' as const,
    model: 'dalec',
    params: { years: 4 },
    inputs: { drivers: 'file:///d' },
  }
  const run = accept(request, model, { id: 'r01k00000000000000000000000', submitter: 'ann', at: START })
  if ('errors' in run) throw new Error('the sample does not fit its own model')
  return { ...run, ...more }
}
