/** The store, with so many calls of each kind at once that it may hang and leave threads for everything else (threads.ts). */
import type { Store } from '@carya/store'
import { Unavailable } from './api.ts'
import { LOOKS, RECORDS, UPLOADS } from './threads.ts'

/** How long somebody who waits for an answer waits for his turn, in milliseconds. */
const PATIENCE_MS = 5000

type Calls = Pick<
  Store,
  'writeRun' | 'writeRows' | 'writeEnsemble' | 'readRun' | 'readEnsemble' | 'read' | 'list' | 'put'
>

/** Who waits for an answer (to a look, an upload) is told `Unavailable` where his turn does not come; a record waits. */
export function calmStore<S extends Calls>(store: S, patienceMs = PATIENCE_MS): S & Calls {
  const records = turns(RECORDS)
  const looks = turns(LOOKS, patienceMs)
  const uploads = turns(UPLOADS, patienceMs)
  return {
    ...store,
    writeRun: (run, record) => records(() => store.writeRun(run, record)),
    writeRows: (id, name, rows) => records(() => store.writeRows(id, name, rows)),
    writeEnsemble: (id, record) => records(() => store.writeEnsemble(id, record)),
    readRun: (id) => looks(() => store.readRun(id)),
    readEnsemble: (id) => looks(() => store.readEnsemble(id)),
    read: (path, range) => looks(() => store.read(path, range)),
    list: (folder, most, options) => looks(() => store.list(folder, most, options)),
    put: (source, options) => uploads(() => store.put(source, options)),
  }
}

/** So many go on at once; the others wait, first come, first served. */
export function turns(most: number, patienceMs?: number): <T>(call: () => Promise<T>) => Promise<T> {
  const waiting = new Set<() => void>()
  let running = 0

  async function turn(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    waiting.add(resolve)
    const giveUp = () => {
      waiting.delete(resolve)
      reject(new Unavailable('the store'))
    }
    const late = patienceMs === undefined ? undefined : setTimeout(giveUp, patienceMs)
    await promise.finally(() => clearTimeout(late))
  }

  return async (call) => {
    if (running >= most) await turn()
    else running += 1
    try {
      return await call()
    } finally {
      const [next] = waiting
      if (next) {
        waiting.delete(next)
        next()
      } else running -= 1
    }
  }
}
