/**
 * `pnpm chaos [--runs N] [--minutes M] [--seed S]`: runs of some seconds on servers of its own, two dispatchers and
 * two workers, while a part is killed or frozen every few seconds and comes back. In the end each run must have one
 * result, by the answers, the engine's own events and the attempts' folders. The last line is JSON; exit code 1 where
 * something does not hold, and then the services' logs are kept.
 */
import { workerUser, type RunView } from '@carya/contracts'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { apiOf, type CallApi } from '../support/api.ts'
import { installOn } from '../support/installation.ts'
import { openJudge } from '../support/judge.ts'
import { ownRabbit, ownRedis } from '../support/own-servers.ts'
import { lasting } from '../support/scene.ts'
import { startService } from '../support/service.ts'
import { TEST_IMAGE, testImage } from '../support/test-image.ts'
import { until } from '../support/until.ts'
import { chance } from './random/chance.ts'
import { openInsistent } from './random/insistent.ts'
import { part, servicePart, type Part } from './random/parts.ts'
import { excusedRestarts } from './random/excuses.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '300' },
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const count = Number(values.runs)
const lastsMs = Number(values.minutes) * 60_000
const seed = Number(values.seed)
if (![count, lastsMs, seed].every((each) => Number.isFinite(each) && each >= 0)) {
  process.stderr.write('usage: pnpm chaos [--runs N] [--minutes M] [--seed S], all of them numbers\n')
  process.exit(2)
}

const LEASE_SECONDS = 5
const AGAIN_MS = 10_000
const BROKER_REST_MS = 60_000
/** Requests come in this part of the time, so that the last ones meet chaos, too. */
const ASKING = 0.85
const ENDS_MS = 180_000
const SETTINGS = { CARYA_LOG_LEVEL: 'debug', CARYA_SWEEP: '1s' }

const say = (text: string) => process.stderr.write(`${text}\n`)
const wait = (ms: number) => pause(ms)
say(`seed ${seed}: ${count} runs, ${values.minutes} minutes`)

await using stack = new AsyncDisposableStack()
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => {
    say(`${name}: ending what was started`)
    void stack.disposeAsync().finally(() => process.exit(130))
  })
await testImage()
const [rabbit, redis] = await Promise.all([ownRabbit(), ownRedis()])
stack.use(rabbit)
stack.use(redis)
const installation = stack.use(await installOn({ ...rabbit, redisUrl: redis.redisUrl }))
await installation.submitter('chaos')

let address = ''
const dispatcher = async () => {
  const { service, api } = await installation.dispatcher(SETTINGS)
  address = api
  return service
}
const call: CallApi = (...request) => apiOf(address, installation.token)(...request)
const worker = (name: string) => async () => {
  // logins survive a kill of the broker, so nothing but the process is made again
  const service = stack.use(
    startService('worker', {
      ...SETTINGS,
      CARYA_AMQP_URL: installation.amqpUrl(workerUser(name)),
      CARYA_STORE: installation.store,
      CARYA_WORKER: name,
      CARYA_INSTALLATION: installation.name,
      CARYA_WORKER_CPUS: '1',
    }),
  )
  await service.line((line) => line.msg === 'worker is ready')
  return service
}
for (const name of ['w1', 'w2']) await installation.permitWorker(name)
const services = [
  await servicePart('dispatcher 1', dispatcher, wait),
  await servicePart('dispatcher 2', dispatcher, wait),
  await servicePart('worker w1', worker('w1'), wait),
  await servicePart('worker w2', worker('w2'), wait),
]
const parts: Part[] = [
  ...services.map((each) => each.part),
  part('redis', { kill: () => redis.kill(), start: () => redis.start(), wait }),
  part('rabbitmq', { kill: () => rabbit.kill(), start: () => rabbit.start(), wait }),
]
const judge = stack.use(await openJudge(installation))
const manifest = {
  name: 'chaos',
  version: '1',
  image: TEST_IMAGE,
  command: ['/bin/sh', '-c', lasting('$CARYA_PARAM_SECONDS')],
  parameters: { seconds: { type: 'integer', range: [1, 5] } },
  resources: { cpus: 0.1, memory: '16MiB' },
  lease: `${LEASE_SECONDS}s`,
}
await until('the model is registered', async () => (await call('PUT', '/v1/models', manifest)).status === 201)

// requests have a chance of their own, so that they are the same whatever is killed when
const asker = stack.use(openInsistent(installation.amqpUrl('chaos'), AGAIN_MS))
const began = performance.now()
const elapsed = () => performance.now() - began
async function ask(): Promise<void> {
  const { whole } = chance(seed + 1)
  for (let i = 0; i < count; i += 1) {
    await pause(Math.max(0, (i / count) * lastsMs * ASKING - elapsed()))
    asker.want(`chaos-${seed}-${i}`, { kind: 'run', model: 'chaos', params: { seconds: whole(1, 5) } })
  }
}

const kills: Record<string, number> = {}
const broken: string[] = []
const returning = new Set<Promise<void>>()
async function rage(): Promise<void> {
  const { whole, pick } = chance(seed)
  let brokerSince = 0
  for (;;) {
    // drawn before it is known what can be used: the same seed means the same
    const [pauseMs, forMs, isFreeze] = [whole(2_000, 6_000), whole(0, 9_000), whole(0, 3) === 0]
    const name = pick(parts).name
    await pause(pauseMs)
    if (elapsed() > lastsMs) return
    const victim = parts.find((each) => each.name === name)!
    if (!victim.isUp()) continue
    if (name === 'rabbitmq') {
      if (elapsed() - brokerSince < BROKER_REST_MS) continue
      brokerSince = elapsed()
    }
    const deed = isFreeze && victim.freeze ? `${name} frozen` : `${name} killed`
    kills[deed] = (kills[deed] ?? 0) + 1
    log(`${deed} for ${forMs} ms`)
    const work = isFreeze && victim.freeze ? victim.freeze(forMs) : victim.kill(forMs / 2)
    const back: Promise<void> = work
      .then(() => log(`${name} is back`))
      .catch((err: unknown) => void broken.push(`${name} did not come back: ${String(err)}`))
      .finally(() => returning.delete(back))
    returning.add(back)
  }
}

const deeds: string[] = []
const log = (deed: string): void => void deeds.push(`${new Date().toISOString()} ${deed}`)

const progress = () => {
  const all = asker.all()
  const ended = all.filter((each) => each.ends.size > 0).length
  const away = parts.filter((each) => !each.isUp()).map((each) => each.name)
  const minutes = `${Math.floor(elapsed() / 60_000)}:${String(Math.floor(elapsed() / 1000) % 60).padStart(2, '0')}`
  const killed = Object.values(kills).reduce((sum, each) => sum + each, 0)
  return `${minutes}  asked ${all.length}  ended ${ended}  kills ${killed}  away: ${away.join(', ') || 'none'}`
}
const { isTTY } = process.stderr
const telling = setInterval(
  () => void process.stderr.write(isTTY ? `\r\u001b[K${progress()}` : `${progress()}\n`),
  isTTY ? 1_000 : 10_000,
)
await Promise.all([ask(), rage()])
await Promise.all(returning)
say('\nall is back: waiting for what has not ended')
const isEnded = () => asker.all().every((each) => each.ends.size > 0 || each.isRejected)
await until('all have ended', isEnded, ENDS_MS).catch(() => {})
clearInterval(telling)
say(progress())

const ids = asker.all().flatMap((each) => [...each.ids])
const views = await Promise.all(
  ids.map(async (id): Promise<RunView | undefined> => {
    const { status, body } = await call('GET', `/v1/runs/${id}`)
    return status === 200 ? body : undefined
  }),
)
const known = views.filter((each) => each !== undefined)
const starts = new Map(ids.map((id) => [id, judge.starts(id)]))
const absences = new Map(services.map((each) => [each.part.name, each.part.absences]))
const excused = new Map(known.map((run) => [run.id, excusedRestarts(run, absences, LEASE_SECONDS)]))
const submitted = asker.all().flatMap(({ ids: of, ends }) =>
  [...of].map((id) => ({
    id,
    state: 'succeeded' as const,
    ends: [...ends],
    starts: { least: 1, most: 1 + (excused.get(id) ?? 0) },
  })),
)
const lost = asker.all().filter((each) => each.ends.size === 0)
const doubled = asker.all().filter((each) => each.ids.size > 1 || each.ends.size > 1)
const violations = [
  ...broken,
  ...lost.map((each) => `${each.key} has no result: ${each.isRejected ?? [...each.ids].join(' ')}`),
  ...doubled.map(
    (each) => `${each.key} has ${each.ids.size} runs and ${each.ends.size} ends: ${[...each.ids].join(' ')}`,
  ),
  ...(await judge.verdict(call, submitted)),
]
if (violations.length > 0) {
  const folder = await mkdtemp(join(tmpdir(), `carya-chaos-${seed}-`))
  await writeFile(join(folder, 'deeds.log'), `${deeds.join('\n')}\n`)
  await writeFile(join(folder, 'runs.json'), JSON.stringify(known, null, 2))
  for (const {
    part: { name },
    lives,
  } of services)
    for (const [i, life] of lives.entries())
      await writeFile(
        join(folder, `${name.replace(' ', '-')}.${i + 1}.log`),
        life.lines.map((line) => JSON.stringify(line)).join('\n'),
      )
  say(`${violations.join('\n')}\nlogs: ${folder}`)
  process.exitCode = 1
}
const closing = {
  chaos: violations.length === 0 ? 'held' : 'broken',
  seed,
  runs: count,
  results: asker.all().filter((each) => each.ends.size > 0).length,
  lost: lost.length,
  doubled: doubled.length,
  starts: [...starts.values()].reduce((sum, each) => sum + each, 0),
  restartsAllowed: [...excused.values()].reduce((sum, each) => sum + each, 0),
  kills,
  violations,
}
await stack.disposeAsync()
process.stdout.write(`${JSON.stringify(closing)}\n`)
