/** A Redis database that no other test file uses now, emptied. */
import { Redis } from 'ioredis'

const DATABASES = 15

/** Its URL; the caller empties it again when it is done. */
export async function freeDatabase(redisUrl: string): Promise<string> {
  const main = new Redis(redisUrl)
  const count = await main.incr('carya-tests')
  main.disconnect()
  const url = new URL(redisUrl)
  url.pathname = `/${1 + (count % DATABASES)}`
  const redis = new Redis(url.href)
  await redis.flushdb()
  redis.disconnect()
  return url.href
}
