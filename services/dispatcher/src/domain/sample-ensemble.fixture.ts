/** An ensemble to test decisions with. */
import { EnsembleRequest } from '@carya/contracts'
import { acceptEnsemble } from './accept-ensemble.ts'
import { NO_MEMBERS, type EnsembleRecord, type EnsembleSpec, type MemberFacts } from './ensemble-record.ts'
import { model, START } from './sample.fixture.ts'

export const ENSEMBLE = 'e01k00000000000000000000000'

/** A request that fits the sample model; `more` changes what matters to a test. */
export function askedFor(more: object = {}): EnsembleRequest {
  return EnsembleRequest.parse({
    kind: 'ensemble',
    model: 'dalec',
    design: { kind: 'lhs', samples: 100, seed: 7, vary: { lai: { uniform: [1, 5] } } },
    base: { params: { years: 4 }, inputs: { drivers: 'file:///d' } },
    ...more,
  })
}

/** The sample ensemble as it stands right after acceptance. */
export function sampleEnsemble(
  more: Partial<EnsembleRecord> = {},
  request: object = {},
): { record: EnsembleRecord; spec: EnsembleSpec } {
  const asked = { id: more.id ?? ENSEMBLE, submitter: more.submitter ?? 'ann', at: START }
  const made = acceptEnsemble(askedFor(request), model, asked)
  if ('errors' in made) throw new Error(`the sample does not fit its model: ${JSON.stringify(made.errors)}`)
  return { record: { ...made.record, ...more }, spec: { ...made.spec, id: asked.id } }
}

/** What has become of members, `failed` of them by an error of the model. */
export function factsOf({
  failed = 0,
  ...more
}: Partial<MemberFacts> & { failed?: number } = {}): MemberFacts {
  const failures =
    failed === 0 ? [] : [{ kind: 'model_error' as const, count: failed, example: `${ENSEMBLE}-0` }]
  return { ...NO_MEMBERS, failures, ...more }
}
