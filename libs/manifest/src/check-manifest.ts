/**
 * Whether a manifest can be registered: its form and whether what it says fits together, in one go. Zod looks at no
 * field's relation to others where anything has the wrong form; so what has the right form is taken out of the rest
 * and judged by itself, and a manifest with five different faults is told all five.
 */
import { fault, faultsOf, Manifest, type ProblemError } from '@carya/contracts'
import type { ManifestFault } from './fault.ts'
import { HIDDEN, hiddenKeys } from './hidden-keys.ts'
import { outputFaults } from './output-faults.ts'
import { parameterFaults } from './parameter-faults.ts'
import { placeFaults } from './place-faults.ts'
import { readable } from './readable.ts'
import { templateFaults } from './template-faults.ts'
import { testFaults } from './test-faults.ts'

export type { ManifestFault } from './fault.ts'

/** The manifest with its defaults, or every fault of it. Throws for nothing that JSON or YAML can say. */
export function checkManifest(value: unknown): { manifest: Manifest } | { faults: ManifestFault[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { faults: [{ at: [], detail: 'a map of fields, at least name, version and image' }] }
  const parsed = Manifest.safeParse(value)
  const there = readable(value)
  const faults: ManifestFault[] = [
    ...hiddenKeys(value),
    ...(parsed.success ? [] : faultsOf(parsed.error, Manifest).filter(({ at }) => at.at(-1) !== HIDDEN)),
    ...parameterFaults(there),
    ...placeFaults(there),
    ...outputFaults(there),
    ...templateFaults(there),
    ...testFaults(there),
  ]
  return parsed.success && faults.length === 0 ? { manifest: parsed.data } : { faults }
}

/** The faults as a bad request is told them; of a template's, line and column within it. */
export function errorsOfManifest(faults: readonly ManifestFault[], value: unknown): ProblemError[] {
  return faults.map(({ at, detail, within }) =>
    fault(at, value, within ? `line ${within.line}, column ${within.column}: ${detail}` : detail),
  )
}
