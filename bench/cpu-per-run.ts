/**
 * `pnpm bench:cpu [--runs N] [--rounds N] [--in-flight N]`: CPU time that a run costs, by part, against a container of
 * the baseline. Where both processors are full of the engine's work, throughput is
 * nothing but this.
 *
 * The engine's share is all that the machine did beside the other parts, so the machine must be quiet. Needs Linux, and
 * root to find the servers' processes.
 */
import { parseArgs } from 'node:util'
import { testImage } from '../tests/support/test-image.ts'
import { childrenOf, listenerOn, ofMachine, ofProcess } from './cpu-time.ts'
import { plainDocker } from './plain-docker.ts'
import { ownServers } from './servers.ts'
import { closingLine, median, rate, round, say } from './statistics.ts'
import { COMMAND, openSystem } from './system.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '3' },
    'in-flight': { type: 'string', default: '4' },
  },
})
const runs = Number(values.runs)
const inFlight = Number(values['in-flight'])
const WARM_UP = 40

type Parts = Record<string, number>

await using stack = new AsyncDisposableStack()
const image = await testImage()
const servers = await ownServers(stack)
const plain = stack.use(await plainDocker(image, COMMAND, 'bench-plain'))
const system = stack.use(await openSystem(servers, inFlight))
const portOf = (url: string) => Number(new URL(url).port)
const processes = {
  worker: system.worker,
  dispatcher: system.dispatcher,
  rabbitmq: await listenerOn(portOf(servers.amqpUrl)),
  redis: await listenerOn(portOf(servers.redisUrl)),
  bench: process.pid,
}

async function sample(): Promise<Parts> {
  const parts: Parts = {}
  for (const [name, pid] of Object.entries(processes)) parts[name] = await ofProcess(pid)
  for (const child of await childrenOf(system.worker)) parts['worker']! += await ofProcess(child)
  const rest = (await ofMachine()) - Object.values(parts).reduce((sum, ms) => sum + ms, 0)
  return { ...parts, engine: rest }
}

/** Milliseconds of each part, for one run. */
async function cost(lanes: number, task: () => Promise<unknown>): Promise<Parts> {
  const before = await sample()
  const perSecond = await rate(runs, lanes, task)
  const after = await sample()
  const spent = Object.entries(after).map(([name, ms]) => [name, (ms - before[name]!) / runs])
  return { ...Object.fromEntries(spent), perSecond }
}

const measured = { plain: [] as Parts[], carya: [] as Parts[] }
await rate(WARM_UP, inFlight, plain.run)
await rate(WARM_UP, WARM_UP, system.submit)
for (let i = 0; i < Number(values.rounds); i += 1) {
  measured.plain.push(await cost(inFlight, plain.run))
  // all are submitted at once: keeping the host busy is the system's work, not the submitter's
  measured.carya.push(await cost(runs, system.submit))
  for (const [name, rounds] of Object.entries(measured)) say(`${name.padEnd(6)} ${told(rounds.at(-1)!)}`)
}

function told(parts: Parts): string {
  return Object.entries(parts)
    .map(([name, value]) => `${name} ${round(value)}`)
    .join('  ')
}

function medians(rounds: readonly Parts[]): Parts {
  const names = Object.keys(rounds[0] ?? {})
  return Object.fromEntries(names.map((name) => [name, round(median(rounds.map((each) => each[name]!)))]))
}

closingLine('cpu-per-run', {
  runs,
  inFlight,
  unit: 'ms of CPU a run',
  plain: medians(measured.plain),
  carya: medians(measured.carya),
})
