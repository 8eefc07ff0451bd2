/** A right that one process has at a time. What it protects must bear two at once: a process may be frozen for longer. */
import type { Redis } from 'ioredis'
import { randomBytes } from 'node:crypto'

const LASTS_MS = 60_000
const RENEWED_MS = 15_000

/** Undefined while another has it. It is renewed until it is released; that of one who died ends after a minute. */
export async function claim(redis: Redis, key: string): Promise<{ release(): Promise<void> } | undefined> {
  const mine = randomBytes(9).toString('base64url')
  if ((await redis.set(key, mine, 'PX', LASTS_MS, 'NX')) === null) return undefined
  const isMine = async () => (await redis.get(key)) === mine
  const renew = async () => {
    if (await isMine()) await redis.pexpire(key, LASTS_MS)
  }
  // Redis may be away: it is renewed the next time, or runs out
  const timer = setInterval(() => void renew().catch(() => undefined), RENEWED_MS)
  return {
    async release() {
      clearInterval(timer)
      if (await isMine()) await redis.del(key)
    },
  }
}
