import type { Misplaced } from '@carya/contracts'

/** `within` is the place in the text that stands at `at`, where that is a template. */
export type ManifestFault = Misplaced & { within?: { line: number; column: number } }
