/** A Redis database that no other test file uses now, emptied. */
import { Redis } from 'ioredis'

/** Its URL; the caller empties it again when it is done. */
export async function freeDatabase(redisUrl: string): Promise<string> {
  const main = new Redis(redisUrl)
  const count = await main.incr('carya-tests')
  const databases = Number((await main.config('GET', 'databases'))[1])
  main.disconnect()
  const url = new URL(redisUrl)
  // the first one holds the count
  url.pathname = `/${1 + (count % (databases - 1))}`
  const redis = new Redis(url.href)
  await redis.flushdb()
  redis.disconnect()
  return url.href
}
