import type { ManifestFault } from './fault.ts'

/** The key that objects are made of themselves, and that checks of a form may not see. */
export const HIDDEN = '__proto__'

/** Every `__proto__` that was written as a key, however deep. Objects that stand in several places are looked at once. */
export function hiddenKeys(value: unknown): ManifestFault[] {
  const faults: ManifestFault[] = []
  const seen = new Set<object>()
  const open: { at: PropertyKey[]; value: unknown }[] = [{ at: [], value }]
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    if (typeof part.value !== 'object' || part.value === null || seen.has(part.value)) continue
    seen.add(part.value)
    for (const [key, child] of Object.entries(part.value)) {
      const at = [...part.at, key]
      if (key === HIDDEN) faults.push({ at, detail: 'no such field: this name cannot be used', isKey: true })
      // deeper than any manifest goes
      if (at.length < MOST_LEVELS) open.push({ at, value: child })
    }
  }
  return faults
}

const MOST_LEVELS = 32
