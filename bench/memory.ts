/** Memory of a process of this machine and of Redis, in bytes. */
import { readFile } from 'node:fs/promises'
import type { Redis } from 'ioredis'

/** Resident memory of a process: now, and the most it ever was. Linux says. */
export async function residentMemory(pid: number): Promise<{ now: number; peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024
  return { now: field('VmRSS'), peak: field('VmHWM') }
}

/** All that Redis has allocated, buffers of its clients among it. */
export async function redisMemory(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1])
}

/** What the keys that fit a pattern take by themselves. */
export async function keysMemory(redis: Redis, pattern: string): Promise<number> {
  const keys = await redis.keys(pattern)
  const sizes = await Promise.all(keys.map((key) => redis.memory('USAGE', key, 'SAMPLES', 0)))
  return sizes.reduce<number>((sum, size) => sum + Number(size), 0)
}
