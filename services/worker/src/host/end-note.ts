/**
 * What a worker alone saw of the end of a model, in the attempt's folder, where the model cannot write: the next
 * process of the worker is asked of it again until the dispatcher says `settled` (H8), and the engine soon forgets. It
 * is not flushed: what is lost with a host is judged as what nobody saw.
 */
import type { Store } from '@carya/store'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { z } from 'zod'
import type { SeenEnd } from '../ports.ts'
import { writeWhole } from './write-whole.ts'

const FILE = 'end.json'
const MOST_BYTES = 4096

const Noted = z.looseObject({
  container: z.string(),
  finishedAt: z.string(),
  trusted: z.boolean(),
  signalled: z.boolean(),
  ending: z.discriminatedUnion('cause', [
    z.object({ cause: z.literal('exited') }),
    z.object({ cause: z.literal('timeout') }),
    z.object({ cause: z.literal('overfilled'), detail: z.string() }),
    z.object({ cause: z.literal('stopped'), reason: z.string() }),
  ]),
})

/** `path`: the attempt's folder. */
export function writeEnd(path: string, end: SeenEnd): Promise<void> {
  return writeWhole(join(path, FILE), `${JSON.stringify(end)}\n`)
}

/** `folder`: the attempt's, relative to the store's root. Undefined where nothing was noted that can be read. */
export async function readEnd(store: Store, folder: string): Promise<SeenEnd | undefined> {
  try {
    const { stream } = await store.read(`${folder}/${FILE}`, { to: MOST_BYTES })
    return Noted.safeParse(await json(stream)).data
  } catch {
    return undefined
  }
}
