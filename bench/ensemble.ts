/**
 * `pnpm bench:ensemble [--members N] [--rounds N]`: an ensemble of a model that does nothing, through the whole system
 * from the request to the answer that it has ended, against as many containers with the same settings made by four
 * engine calls each, with the same number in flight. The two alternate within one run of the bench.
 *
 * The last line says which of the promises were kept (`kept`); exit code 1 where one was not.
 */
import { labels } from '@carya/contracts'
import { parseArgs } from 'node:util'
import { engine } from '../tests/support/engine.ts'
import { testImage } from '../tests/support/test-image.ts'
import { againstPlain } from './against-plain.ts'
import { plainDocker } from './plain-docker.ts'
import { benchServers } from './servers.ts'
import { closingLine, rate, round, say } from './statistics.ts'
import { COMMAND, openSystem } from './system.ts'

const { values } = parseArgs({
  options: { members: { type: 'string', default: '60' }, rounds: { type: 'string', default: '3' } },
})
const members = Number(values.members)
const rounds = Number(values.rounds)
const LEVELS = [2, 4]
/** Members before anything is counted: code that is new to its process is slow. */
const WARM_UP = 15
/** A share of the baseline's throughput at each level. */
const PROMISED = { ratio: 0.9 }

await using stack = new AsyncDisposableStack()
const image = await testImage()
const servers = await benchServers(stack)
const plain = stack.use(await plainDocker(image, COMMAND, 'bench-plain'))
const kept: Record<string, boolean> = {}
const throughput: Record<string, object> = {}

for (const inFlight of LEVELS) {
  await using under = await openSystem(servers, inFlight)
  const ensemble = async (count: number) => {
    const begin = performance.now()
    await under.ensemble(count)
    return (count / (performance.now() - begin)) * 1000
  }
  await rate(WARM_UP, inFlight, plain.run)
  await ensemble(WARM_UP)
  const { figures, ratio } = await againstPlain(
    `${members} members, ${inFlight} in flight`,
    rounds,
    () => rate(members, inFlight, plain.run),
    () => ensemble(members),
  )
  throughput[inFlight] = figures
  kept[`${inFlight} in flight`] = ratio >= PROMISED.ratio
  say(`${inFlight} in flight: ratio ${round(ratio)}, promised ${PROMISED.ratio}`)
}

const left = await engine().listContainers({ all: true, filters: { label: [labels.run] } })
closingLine('ensemble', {
  members,
  rounds,
  throughput,
  containersLeft: left.length,
  promised: PROMISED,
  kept,
})
if (Object.values(kept).includes(false)) process.exitCode = 1
