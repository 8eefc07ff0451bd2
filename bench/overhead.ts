/**
 * `pnpm bench:overhead [--runs N] [--rounds N]`: runs of a model that does nothing, through the whole system
 * (isolation, logs and outputs on, services as processes of this host), against as many containers with the same
 * settings made by four engine calls each, with the same number in flight. The two alternate within one run of the
 * bench, so that their ratio holds while the machine's speed drifts.
 *
 * Then, one at a time: the time from the request's publication to the engine's `start` event, against the time the
 * baseline needs for create and start.
 *
 * The last line says which of the promises were kept (`kept`); exit code 1 where one was not.
 */
import { labels } from '@carya/contracts'
import { parseArgs } from 'node:util'
import { watchStarts } from '../tests/support/engine-events.ts'
import { engine } from '../tests/support/engine.ts'
import { testImage } from '../tests/support/test-image.ts'
import { againstPlain } from './against-plain.ts'
import { plainDocker } from './plain-docker.ts'
import { benchServers } from './servers.ts'
import { closingLine, median, quantile, rate, round, say } from './statistics.ts'
import { COMMAND, openSystem } from './system.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '60' },
    rounds: { type: 'string', default: '3' },
    latency: { type: 'string', default: '40' },
  },
})
const runs = Number(values.runs)
const rounds = Number(values.rounds)
const latencyRuns = Number(values.latency)
const LEVELS = [1, 2, 4]
/** Runs before anything is counted: code that is new to its process is slow. */
const WARM_UP = 15

await using stack = new AsyncDisposableStack()
const image = await testImage()
const servers = await benchServers(stack)
const plain = stack.use(await plainDocker(image, COMMAND, 'bench-plain'))

/** What is promised: a share of the baseline's throughput at each level, and milliseconds to the start at most. */
const PROMISED = { ratio: 0.9, addedMs: 30 }
const kept: Record<string, boolean> = {}

const throughput: Record<string, object> = {}
for (const inFlight of LEVELS) {
  await using under = await openSystem(servers, inFlight)
  await rate(WARM_UP, inFlight, plain.run)
  await rate(WARM_UP, WARM_UP, under.submit)
  // all are submitted at once: keeping the host busy is the system's work, not the submitter's
  const { figures, ratio } = await againstPlain(
    `${inFlight} in flight`,
    rounds,
    () => rate(runs, inFlight, plain.run),
    () => rate(runs, runs, under.submit),
  )
  throughput[inFlight] = figures
  kept[`${inFlight} in flight`] = ratio >= PROMISED.ratio
  say(`${inFlight} in flight: ratio ${round(ratio)}, promised ${PROMISED.ratio}`)
}

await using under = await openSystem(servers, 1)
await using starts = await watchStarts(under.installation.name)
for (let i = 0; i < WARM_UP; i += 1) {
  await plain.run()
  await under.submit()
}
const added: number[] = []
const baseline: number[] = []
for (let i = 0; i < latencyRuns; i += 1) {
  baseline.push(await plain.run())
  const published = Date.now()
  const id = await under.submit()
  added.push((await starts.startOf(id)) - published)
}
const addedMedian = median(added) - median(baseline)
say(
  `from publication to the engine's start event: ${round(median(added))} ms; create and start alone: ` +
    `${round(median(baseline))} ms; added: ${round(addedMedian)} ms, promised ${PROMISED.addedMs}`,
)
kept['start'] = addedMedian <= PROMISED.addedMs
const left = await engine().listContainers({ all: true, filters: { label: [labels.run] } })
closingLine('overhead', {
  runs,
  rounds,
  throughput,
  startMedianMs: round(median(added)),
  startP95Ms: round(quantile(added, 0.95)),
  plainStartMedianMs: round(median(baseline)),
  addedMedianMs: round(addedMedian),
  containersLeft: left.length,
  promised: PROMISED,
  kept,
})
if (Object.values(kept).includes(false)) process.exitCode = 1
