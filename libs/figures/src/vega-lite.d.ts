/** The little of Vega-Lite that is used; `vega.d.ts` says why. */
import type { Logger } from './vega.d.ts'

export function compile(spec: object, options?: { logger?: Logger }): { spec: object }
