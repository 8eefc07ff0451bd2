/** A model with a parameter of each type, for the tests. */
import { EnsembleRequest, Manifest, type Varied } from '@carya/contracts'
import { compileDesign } from './compile.ts'
import { pinDesign } from './pin.ts'
import type { MemberValues, PinnedDesign } from './pinned.ts'

const free = { type: 'number' }

export const model = Manifest.parse({
  name: 'example',
  version: '1.0.0',
  image: 'example:1.0.0',
  parameters: {
    k: { type: 'number', default: 0.5, range: [0, 1], unit: 'd-1', description: 'turnover' },
    n: { type: 'integer', default: 3 },
    layers: { type: 'integer', range: [1, 20] },
    path: { type: 'string', default: 'C3', choices: ['C3', 'C4', 'CAM'] },
    snow: { type: 'boolean', default: false },
    x1: free,
    x2: free,
    x3: free,
  },
  inputs: { drivers: { description: 'weather' }, soil: { required: false, default: 'file:///soil.csv' } },
})

/** The request as it is checked on arrival. */
export function asked(design: unknown, base: unknown = {}): EnsembleRequest {
  return EnsembleRequest.parse({ kind: 'ensemble', model: 'example', design, base })
}

/** A design that must be right. */
export function pinned(design: unknown, base: unknown = {}) {
  const outcome = pinDesign(asked(design, base), model, {})
  if ('errors' in outcome) throw new Error(JSON.stringify(outcome.errors))
  return outcome
}

/** The faults of a design, as path and detail. */
export function faults(design: unknown, base: unknown = {}): [string, string][] {
  const outcome = pinDesign(asked(design, base), model, {})
  return 'errors' in outcome ? outcome.errors.map(({ path, detail }) => [path, detail]) : []
}

/** Its members from the first on, through JSON as the store keeps the design. */
export function membersOf({
  design,
  members,
}: {
  design: PinnedDesign
  members: number | undefined
  varied: Varied[]
}) {
  const kept: PinnedDesign = JSON.parse(JSON.stringify(design))
  const member = compileDesign(kept)
  return Array.from({ length: members ?? 0 }, (_, index): MemberValues => member(index))
}

/** Values of one parameter over all members. */
export function numbersOf(members: readonly MemberValues[], name: string): Float64Array {
  return Float64Array.from(members, ({ params }) => Number(params[name]))
}
