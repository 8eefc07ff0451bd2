/** The version of this worker, as its heartbeats tell it. */
import { createRequire } from 'node:module'

const read: { version: string } = createRequire(import.meta.url)('../package.json')
export const { version } = read
