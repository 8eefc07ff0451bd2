/** Clocks are set, forwards and back, on one host at a time; the monotonic clock goes on as it does. */
import { Heartbeat } from '@carya/contracts'
import { describe, expect, test } from 'vitest'
import { keys } from '../../../services/dispatcher/src/redis/keys.ts'
import { watchStarts } from '../../support/engine-events.ts'
import { Proxy, type Direction } from '../../support/proxy.ts'
import { lasting } from '../../support/scene.ts'
import { install } from '../../support/stack.ts'
import { steppedClock } from '../../support/stepped-clock.ts'
import { until } from '../../support/until.ts'
import { openOutage, type Outage } from '../outage.ts'

const HOUR = 3600
/** The answer to TIME: seconds and microseconds. */
const TIME = /(\*2\r\n\$10\r\n)(\d{10})(?=\r\n\$\d\r\n\d{1,6}\r\n)/g
/** Seconds from real time to what the worker thinks it is. */
async function skewOf({ installation }: Outage, worker: string): Promise<number> {
  const beat = Heartbeat.parse(JSON.parse((await installation.redis.hget(keys.worker(worker), 'beat')) ?? ''))
  return (Date.parse(beat.at) - Date.now()) / 1000
}
const near = (found: number, wanted: number) => Math.abs(found - wanted) < 60

/** All times that people are shown of a run lie between its submission and now. */
function expectSaneTimes(scene: Outage, since: number, views: Awaited<ReturnType<Outage['ends']>>): void {
  for (const { createdAt, endedAt } of views) {
    expect(Date.parse(createdAt)).toBeGreaterThan(since - 10_000)
    expect(Date.parse(endedAt ?? '')).toBeLessThan(Date.now() + 10_000)
  }
}

describe.concurrent('a clock steps', () => {
  test("[49] a worker's, by two minutes and by an hour, forwards and back: no lease is lost, no limit passes", async () => {
    await using clock = await steppedClock()
    await using scene = await openOutage({ workers: [] })
    await scene.worker('w1', clock.env)
    const since = Date.now()
    await scene.model('patient', undefined, { timeout: '2m' })
    const runs = await scene.submit('patient', 3)
    await scene.running(runs)
    for (const seconds of [120, -120, HOUR, -HOUR]) {
      await clock.set(seconds)
      await until('the worker has the new time', async () => near(await skewOf(scene, 'w1'), seconds))
      const [later = ''] = await scene.submit('patient')
      await scene.running([later])
      runs.push(later)
    }
    await scene.release(runs)
    const views = await scene.ends(runs)
    expect(views.map(({ attempts }) => attempts.length)).toEqual(runs.map(() => 1))
    expectSaneTimes(scene, since, views)
  })

  test("[41, 49] a dispatcher's: what is due comes when it is due, and no lease is lost", async () => {
    await using clock = await steppedClock()
    await using scene = await openOutage({ dispatcher: clock.env })
    await using starts = await watchStarts(scene.installation.name)
    const since = Date.now()
    await scene.model('patient')
    await scene.model('quick', lasting(0))
    const runs = await scene.submit('patient', 2)
    await scene.running(runs)
    const timed: string[] = []
    for (const seconds of [HOUR, -HOUR]) {
      await clock.set(seconds)
      await until('the dispatcher has the new time', async () => near(await httpSkew(scene), seconds))
      const after = Date.now() + 3000
      const [run = ''] = await scene.submit('quick', 1, { after: new Date(after).toISOString() })
      expect(await starts.startOf(run)).toBeGreaterThanOrEqual(after)
      timed.push(run)
    }
    await scene.release(runs)
    const views = await scene.ends([...runs, ...timed])
    expect(views.map(({ attempts }) => attempts.length)).toEqual([1, 1, 1, 1])
    expectSaneTimes(scene, since, views)
  })

  test('[41] one of two dispatchers is two minutes ahead, and its timers fire early: nothing starts before its time, or twice', async () => {
    await using clock = await steppedClock(120)
    await using scene = await openOutage({ worker: { CARYA_WORKER_CPUS: '1' } })
    await scene.dispatcher(clock.env)
    await using starts = await watchStarts(scene.installation.name)
    await scene.model('quick', lasting(0))
    const after = Date.now() + 10_000
    const runs = await scene.submit('quick', 6, { after: new Date(after).toISOString() })
    expect(Date.now(), 'all wait for their time').toBeLessThan(after)
    for (const run of runs) expect(await starts.startOf(run)).toBeGreaterThanOrEqual(after)
    await scene.ends(runs)
  })

  test("[49] Redis', by which leases are judged: none is lost", async () => {
    // Redis itself cannot be given another clock (its allocator hangs under libfaketime): what it answers to TIME is set
    const installation = await install()
    let skew = 0
    const setTime = (chunk: Buffer, direction: Direction) =>
      direction === 'toServer' || skew === 0
        ? chunk
        : Buffer.from(
            chunk
              .toString('latin1')
              .replace(TIME, (_, head: string, seconds: string) => `${head}${Number(seconds) + skew}`),
            'latin1',
          )
    await using proxy = await Proxy.to(installation.redisUrl, setTime)
    await using scene = await openOutage({ installation, dispatcher: { CARYA_REDIS_URL: proxy.url } })
    await scene.model('patient')
    const runs = await scene.submit('patient', 2)
    await scene.running(runs)
    for (const seconds of [120, -120, HOUR, 0]) {
      skew = seconds
      await until('the dispatcher goes by the new time', async () => {
        const lastBeat = Number(await installation.redis.hget(keys.worker('w1'), 'lastBeat'))
        return near((lastBeat - Date.now()) / 1000, seconds)
      })
      const [later = ''] = await scene.submit('patient')
      await scene.running([later])
      runs.push(later)
    }
    await scene.release(runs)
    const views = await scene.ends(runs)
    expect(views.map(({ attempts }) => attempts.length)).toEqual(runs.map(() => 1))
  })
})

/** Seconds from real time to what the dispatcher says in the head of an answer. */
async function httpSkew({ first }: Outage): Promise<number> {
  const { address } = await first.dispatcher.line(({ msg }) => msg === 'dispatcher is ready')
  const { headers } = await fetch(`${String(address)}/livez`)
  return (Date.parse(headers.get('date') ?? '') - Date.now()) / 1000
}
