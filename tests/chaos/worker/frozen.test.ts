/** A worker that is frozen for longer than its leases, with its name and its models, and goes on. */
import { isTerminal } from '@carya/contracts'
import { describe, expect, test } from 'vitest'
import { openAsking } from '../asking.ts'
import { until } from '../../support/until.ts'
import { openOutage, type Outage } from '../outage.ts'

/** Messages that are ready in a queue. */
const waiting = (scene: Outage, queue: string) =>
  scene.onBroker(async (channel) => (await channel.checkQueue(queue)).messageCount)

describe.concurrent('a worker frozen for longer than its lease', () => {
  test('[33, 45] goes on when another has its runs: they end there, and what it says and made counts no more', async () => {
    await using scene = await openOutage({ workers: ['w1'] })
    const [w1] = scene.first.workers
    await scene.model('waits')
    const runs = await scene.submit('waits', 2)
    await scene.running(runs)
    w1!.process.kill('SIGSTOP')
    try {
      await scene.worker('w2')
      await scene.are(
        runs,
        'runs on the other',
        ({ attempts }) => attempts.at(-1)?.worker === 'w2' && attempts.at(-1)?.startedAt !== undefined,
      )
      // all end while it is frozen, those that it had too
      await scene.release(runs)
      await scene.are(runs, 'has ended', ({ state }) => isTerminal(state))
    } finally {
      w1!.process.kill('SIGCONT')
    }
    for (const { attempts, folder } of await scene.ends(runs, { starts: 2 })) {
      expect(attempts.map(({ worker }) => worker)).toEqual(['w1', 'w2'])
      expect(folder).toContain(attempts[1]!.nonce)
    }
  })

  test('[15] keeps its name from another for a while, and is nobody when that one has it', async () => {
    await using scene = await openOutage({ workers: ['w1'] })
    const [w1] = scene.first.workers
    await scene.model('waits', undefined, { lease: '2m' })
    const [run = ''] = await scene.submit('waits')
    await scene.running([run])
    w1!.process.kill('SIGSTOP')
    try {
      // it is given the name when the broker has given up the frozen one, and adopts its model
      await scene.installation.worker('w1')
    } finally {
      w1!.process.kill('SIGCONT')
    }
    await w1!.line(({ msg }) => msg === 'another worker of this name is connected: waiting until it has gone')
    await scene.release([run])
    const [view] = await scene.ends([run])
    expect(view!.attempts).toHaveLength(1)
  })
})

describe.concurrent('the dispatcher is away', () => {
  test('[29] while a model ends and its worker is killed: the report that waits counts, and no lease', async () => {
    await using scene = await openOutage({ workers: ['w1'] })
    const [w1] = scene.first.workers
    await scene.model('waits')
    const [run = ''] = await scene.submit('waits')
    await scene.running([run])
    // in good order, so that all it has read is acked: the next report there is that of the end
    await scene.first.dispatcher.stop()
    await scene.release([run])
    await w1!.line(({ msg }) => msg === 'attempt ended')
    await until('the broker has its report', async () => (await waiting(scene, 'carya.reports')) > 0)
    await w1!.stop('SIGKILL')
    await scene.dispatcher()
    await scene.are([run], 'has ended', ({ state }) => state === 'succeeded')
    await scene.worker('w1')
    const [view] = await scene.ends([run])
    expect(view!.attempts).toHaveLength(1)
  })

  test('for three leases while models run: nothing is started again', async () => {
    await using scene = await openOutage({ workers: ['w1'] })
    await scene.model('waits', undefined, { lease: '2s' })
    const runs = await scene.submit('waits', 3)
    await scene.running(runs)
    await scene.first.dispatcher.stop('SIGKILL')
    // a beat each half second: of three leases there are twelve
    await until('three leases have passed', async () => (await waiting(scene, 'carya.heartbeats')) >= 12)
    await scene.dispatcher()
    await scene.release(runs)
    for (const { attempts } of await scene.ends(runs)) expect(attempts).toHaveLength(1)
  })
})

test('[9] of two dispatchers one is frozen, then the other: each run is fed, granted and told once', async () => {
  await using scene = await openOutage({ workers: ['w1'], worker: { CARYA_WORKER_CPUS: '2' } })
  const first = scene.first.dispatcher
  await scene.model('brief', 'hostname > who; echo "{\\"word\\": 1}" > metrics.json')
  const second = await scene.dispatcher()
  await using ann = await openAsking(scene.installation)
  const asked = []
  try {
    for (const frozen of [first, second, first]) {
      const before = Array.from({ length: 4 }, () => ann.send('brief'))
      frozen.process.kill('SIGSTOP')
      const during = Array.from({ length: 4 }, () => ann.send('brief'))
      // what the frozen one had in hand waits for it; what comes now is the other's, all but what it was given before
      await Promise.any(during.map((each) => ann.accepted(each)))
      frozen.process.kill('SIGCONT')
      asked.push(...before, ...during)
    }
  } finally {
    for (const each of [first, second]) each.process.kill('SIGCONT')
  }
  const runs = await Promise.all(asked.map((each) => ann.accepted(each)))
  for (const run of runs) await run.end()
  await scene.ends(runs.map(({ id }) => id))
})

test('[14] a run that is cancelled while its worker and the dispatcher are away starts no container', async () => {
  await using scene = await openOutage({ workers: ['w1'] })
  await scene.model('waits')
  await scene.first.workers[0]!.stop('SIGKILL')
  await using ann = await openAsking(scene.installation)
  const run = await ann.ask('waits')
  await scene.first.dispatcher.stop('SIGKILL')
  const cancel = ann.cancel(run.id)
  await scene.dispatcher()
  expect((await cancel.answer('cancel.accepted')).body).toMatchObject({ id: run.id })
  await run.end('cancelled')
  await scene.worker('w1')
  await scene.ends([run.id], { state: 'cancelled', starts: 0 })
})

test('both are told to stop during runs: they go at once, models run on, and are followed to their ends', async () => {
  await using scene = await openOutage({ workers: ['w1'] })
  await scene.model('waits', undefined, { lease: '20s' })
  const runs = await scene.submit('waits', 3)
  await scene.running(runs)
  expect(await scene.first.workers[0]!.stop('SIGTERM')).toBe(0)
  expect(await scene.first.dispatcher.stop('SIGTERM')).toBe(0)
  await scene.dispatcher()
  await scene.worker('w1')
  await scene.release(runs)
  for (const { attempts } of await scene.ends(runs)) expect(attempts).toHaveLength(1)
})
