/** One ensemble through the dispatcher: how quickly, and what it took of memory. */
import { milliseconds } from '@carya/contracts'
import { setTimeout as pause } from 'node:timers/promises'
import { keys } from '../services/dispatcher/src/redis/keys.ts'
import type { Whole } from './bare-loop.ts'
import { ofProcess } from './cpu-time.ts'
import { keysMemory, redisMemory, residentMemory } from './memory.ts'
import type { SimulatedHosts } from './simulated-hosts.ts'
import { median, round } from './statistics.ts'

export type Fed = {
  id: string
  /** members a second from the acceptance to the ensemble's end, by the dispatcher's own clock */
  perSecond: number
  /** from the ensemble's end to its results */
  resultsMs: number
  /** by which Redis has grown when all rows are in the store, and what the ensemble's own keys take of it */
  redisBytesPerMember: number
  keysBytesPerMember: number
  /** of the dispatcher, which a load on the machine does not change */
  cpuMsPerMember: number
  /** resident memory in bytes; growth: from the first tenth of the members to the last */
  dispatcher: { peak: number; growth: number }
}

const SAMPLE_MS = 100
/** Longer than what is confirmed stays in the outbox. */
const SETTLE_MS = 1000

/** Feeds an ensemble of so many members to the hosts, and waits for its results. */
export async function fed(hosts: SimulatedHosts, members: number): Promise<Fed> {
  const { installation, dispatcher } = hosts
  const { redis } = installation
  const before = await redisMemory(redis)
  const cpu = await ofProcess(dispatcher)
  const endedBefore = hosts.ended()
  const samples: { done: number; resident: number }[] = []
  const sampling = setInterval(() => {
    const done = (hosts.ended() - endedBefore) / members
    void residentMemory(dispatcher).then(({ now }) => samples.push({ done, resident: now }))
  }, SAMPLE_MS)
  try {
    const id = await hosts.submit(members)
    const {
      createdAt,
      endedAt = '',
      state,
      results,
    } = await hosts.end(id, () => hosts.ended() - endedBefore >= members)
    const ended = Date.now()
    if (state !== 'succeeded' || results !== 'complete')
      throw new Error(`an ensemble of the bench is ${state}, and its results are ${results}`)
    await pause(SETTLE_MS)
    const grown = (await redisMemory(redis)) - before
    const resident = (isIn: (done: number) => boolean) =>
      median(samples.filter(({ done }) => isIn(done)).map((each) => each.resident))
    return {
      id,
      perSecond: round((members / (milliseconds(endedAt) - milliseconds(createdAt))) * 1000),
      resultsMs: ended - milliseconds(endedAt),
      cpuMsPerMember: round(((await ofProcess(dispatcher)) - cpu) / members),
      redisBytesPerMember: round(grown / members),
      keysBytesPerMember: round((await keysMemory(redis, `carya:*${id}*`)) / members),
      dispatcher: {
        peak: (await residentMemory(dispatcher)).peak,
        growth: resident((done) => done > 0.9 && done < 1) - resident((done) => done > 0 && done < 0.1),
      },
    }
  } finally {
    clearInterval(sampling)
  }
}

/** What the dispatcher keeps of an ensemble that it has accepted. */
export async function wholeOf({ installation }: SimulatedHosts, id: string): Promise<Whole> {
  const { redis } = installation
  const [record, spec] = await Promise.all([
    redis.hget(keys.ensemble(id), 'record'),
    redis.get(keys.spec(id)),
  ])
  if (record === null || spec === null) throw new Error(`the dispatcher does not know ${id}`)
  return { record: JSON.parse(record), spec: JSON.parse(spec) }
}
