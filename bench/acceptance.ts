/** What it costs to accept an ensemble and to cancel it, while none of its members can run. */
import { setTimeout as pause } from 'node:timers/promises'
import { redisMemory, residentMemory } from './memory.ts'
import type { SimulatedHosts } from './simulated-hosts.ts'
import { median, round, say } from './statistics.ts'

export type Cost = { ms: number; redisBytes: number; dispatcherBytes: number }

const ROUNDS = 5
/** Time for what follows an answer: a look at the ensemble, confirms, deletions. */
const SETTLE_MS = 1000

/** Medians of bytes, the worst of the times to the answer over HTTP. The first round is not counted. */
export async function acceptance(
  hosts: SimulatedHosts,
  members: number,
): Promise<{ accepting: Cost; cancelling: Cost }> {
  const accepting: Cost[] = []
  const cancelling: Cost[] = []
  for (let i = 0; i <= ROUNDS; i += 1) {
    let id = ''
    accepting.push(await cost(hosts, async () => (id = await hosts.submit(members))))
    cancelling.push(await cost(hosts, () => hosts.api('POST', `/v1/ensembles/${id}/cancel`)))
    await hosts.end(id)
  }
  for (const [name, costs] of Object.entries({ accepting, cancelling }))
    say(`${name}: ${costs.map(({ ms }) => round(ms)).join(', ')} ms`)
  return { accepting: summary(accepting.slice(1)), cancelling: summary(cancelling.slice(1)) }
}

async function cost(
  { installation, dispatcher }: SimulatedHosts,
  task: () => Promise<unknown>,
): Promise<Cost> {
  const memory = async () =>
    [await redisMemory(installation.redis), (await residentMemory(dispatcher)).now] as const
  const [redis, resident] = await memory()
  const begin = performance.now()
  await task()
  const ms = performance.now() - begin
  await pause(SETTLE_MS)
  const [redisAfter, residentAfter] = await memory()
  return { ms, redisBytes: redisAfter - redis, dispatcherBytes: residentAfter - resident }
}

function summary(costs: readonly Cost[]): Cost {
  return {
    ms: round(Math.max(...costs.map(({ ms }) => ms))),
    redisBytes: median(costs.map(({ redisBytes }) => redisBytes)),
    dispatcherBytes: median(costs.map(({ dispatcherBytes }) => dispatcherBytes)),
  }
}
