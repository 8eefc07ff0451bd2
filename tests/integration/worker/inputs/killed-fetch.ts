/** A process that fetches into a cache, to be killed: `node killed-fetch.ts ROOT URL`. It says when it is done. */
import { openCache } from '../../../../services/worker/src/host/cache/cache.ts'
import { openTurns } from '../../../../services/worker/src/turns.ts'

const [, , root = '', url = '', unpacks] = process.argv
const cache = await openCache({
  root,
  size: 2 ** 30,
  limit: 2 ** 30,
  allowPrivateUrls: true,
  bootId: 'boot',
  fetches: openTurns(24),
  log: { info: () => {}, warn: () => {} },
})
const isUnpacked = unpacks === 'unpacked'
await cache.fetch(url, { sha256: undefined, isUnpacked }, new AbortController().signal)
process.stdout.write('done\n')
