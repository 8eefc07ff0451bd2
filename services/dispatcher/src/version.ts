/** The version of this dispatcher. */
import { createRequire } from 'node:module'

const read: { version: string } = createRequire(import.meta.url)('../package.json')
export const { version } = read
