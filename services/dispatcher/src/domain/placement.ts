/** Where a run may go. */
import type { Cost } from './fair-share.ts'

/**
 * A run with a job in a queue, or granted: what it takes of whose room. `on` is the owner of a running one, and of a
 * queued one the worker that it was placed on; absent where any worker of the pool may take it.
 */
export type OutRun = Cost & { run: string; at: string; on?: string }
