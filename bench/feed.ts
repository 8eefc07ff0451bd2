/**
 * `pnpm bench:feed [--members N] [--full] [--rounds N] [--bare N] [--profile FOLDER]`: members a second through the
 * dispatcher, with workers that answer without containers (simulated: 1,024 slots, every attempt ends as soon as it is
 * granted) and a RabbitMQ and a Redis of its own. In the same run, by turns, a bare loop that sends the same messages and
 * makes the same commits one member at a time (bare-loop.ts).
 *
 * Beside it: what accepting and cancelling a million members costs while nothing has room, and the memory of the
 * dispatcher and of Redis. `--members` is the largest ensemble: 100,000, and with `--full` a million. `--profile` has the dispatcher's CPU profile written into a folder.
 *
 * The last line says which of the promises were kept (`kept`); exit code 1 where one was not. Needs Linux.
 */
import { parseArgs } from 'node:util'
import { acceptance } from './acceptance.ts'
import { openBareLoop } from './bare-loop.ts'
import { fed, wholeOf, type Fed } from './fed.ts'
import { ownServers } from './servers.ts'
import { openSimulatedHosts } from './simulated-hosts.ts'
import { closingLine, median, round, say } from './statistics.ts'

const { values } = parseArgs({
  options: {
    members: { type: 'string' },
    full: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    bare: { type: 'string', default: '300' },
    profile: { type: 'string' },
  },
})
const largest = Number(values.members ?? (values.full ? 1_000_000 : 100_000))
const SLOTS = 1024
const SMALL = 1000
/** The size at which the bare loop is met. */
const MIDDLE = 10_000
const WARM_UP = 2000

/**
 * What is promised: shares of the bare loop's rate and of the rate at ten thousand members, bytes of Redis a finished
 * member, milliseconds and bytes of accepting or cancelling a million, bytes by which the dispatcher grows.
 */
const PROMISED = {
  toBareLoop: 1,
  largestToMiddle: 0.9,
  redisBytesPerMember: 16,
  ms: 250,
  redisBytes: 100_000,
  dispatcherBytes: 20_000_000,
}

await using stack = new AsyncDisposableStack()
const servers = await ownServers(stack)
const settings = values.profile
  ? { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${values.profile} --cpu-prof-interval=500` }
  : undefined
const hosts = stack.use(await openSimulatedHosts(servers, settings))

say('a million members, accepted and cancelled while nothing has room')
const million = await acceptance(hosts, 1_000_000)

say(`simulated workers with ${SLOTS} slots, which run no containers`)
await hosts.open(SLOTS)
const first = await fed(hosts, WARM_UP)
const bare = stack.use(await openBareLoop(servers, await wholeOf(hosts, first.id)))
await bare.run(100)

const rates = { feed: [] as number[], bareLoop: [] as number[], ratio: [] as number[] }
async function meet(): Promise<void> {
  const bareLoop = await bare.run(Number(values.bare))
  const { perSecond } = await fed(hosts, MIDDLE)
  rates.bareLoop.push(bareLoop)
  rates.feed.push(perSecond)
  rates.ratio.push(perSecond / bareLoop)
  say(`${MIDDLE} members, round ${rates.feed.length}: ${told(perSecond)}, the bare loop ${told(bareLoop)}`)
}

const rounds = Number(values.rounds)
const small: Fed[] = []
for (let i = 0; i < rounds; i += 1) small.push(await fed(hosts, SMALL))
say(`${SMALL} members: ${told(median(small.map(({ perSecond }) => perSecond)))}`)
// before and after the largest, so that a machine whose speed drifts counts for neither
for (let i = 0; i < Math.ceil(rounds / 2); i += 1) await meet()
const large = await fed(hosts, largest)
say(`${largest} members: ${told(large.perSecond)}, results after ${round(large.resultsMs)} ms`)
while (rates.feed.length < rounds) await meet()

function told(perSecond: number): string {
  return `${round(perSecond)}/s`
}

const middle = median(rates.feed)
const kept = {
  'bare loop': median(rates.ratio) >= PROMISED.toBareLoop,
  'largest ensemble': large.perSecond / middle >= PROMISED.largestToMiddle,
  'dispatcher memory': large.dispatcher.growth <= PROMISED.dispatcherBytes,
  'Redis memory': large.redisBytesPerMember <= PROMISED.redisBytesPerMember,
  accepting: isCheap(million.accepting),
  cancelling: isCheap(million.cancelling),
}

function isCheap({
  ms,
  redisBytes,
  dispatcherBytes,
}: Record<keyof typeof million.accepting, number>): boolean {
  return ms <= PROMISED.ms && redisBytes <= PROMISED.redisBytes && dispatcherBytes <= PROMISED.dispatcherBytes
}

closingLine('feed', {
  workers: 'simulated',
  slots: SLOTS,
  perSecond: {
    [SMALL]: round(median(small.map(({ perSecond }) => perSecond))),
    [MIDDLE]: round(middle),
    [largest]: round(large.perSecond),
  },
  bareLoopPerSecond: round(median(rates.bareLoop)),
  ratioToBareLoop: round(median(rates.ratio)),
  ratioToMiddle: round(large.perSecond / middle),
  largest: { members: largest, ...large },
  million,
  promised: PROMISED,
  kept,
})
if (Object.values(kept).includes(false)) process.exitCode = 1
