/** What stands among the outputs of an attempt and is none: where its files and inputs were mounted. */
import { Job, placedNames } from '@carya/contracts'
import type { Store } from '@carya/store'
import { json } from 'node:stream/consumers'

/** `folder`: the attempt's. By the job that its worker has left there; none where that cannot be read. */
export async function placedIn(store: Pick<Store, 'read'>, folder: string): Promise<ReadonlySet<string>> {
  try {
    const { stream } = await store.read(`${folder}/job.json`)
    return new Set(placedNames(Job.parse(await json(stream))))
  } catch {
    return new Set()
  }
}
