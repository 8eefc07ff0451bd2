/** A dispatcher that is away while all else goes on, and one of two that dies unnoticed. */
import { expect, test } from 'vitest'
import { engine } from '../../support/engine.ts'
import { lasting } from '../../support/scene.ts'
import { until } from '../../support/until.ts'
import { containersOf } from '../../integration/worker/containers-of.ts'
import { openAsking } from '../asking.ts'
import { openOutage } from '../outage.ts'

const hasEnded = async (run: string): Promise<boolean> => {
  const [container = ''] = await containersOf(run)
  return !(await engine().getContainer(container).inspect()).State.Running
}

test('the dispatcher is down for three leases while models run and end: nothing is started again', async () => {
  await using scene = await openOutage()
  await scene.model('patient', undefined, { lease: '2s' })
  await scene.model('clock', lasting(8), { lease: '2s' })
  const [clock = ''] = await scene.submit('clock')
  const runs = await scene.submit('patient', 2)
  await scene.running([clock, ...runs])
  await scene.first.dispatcher.stop('SIGKILL')
  // it runs for longer than three leases from now
  await until('the model that lasts so long has ended', () => hasEnded(clock))
  await scene.dispatcher()
  await scene.release(runs)
  const views = await scene.ends([clock, ...runs])
  expect(views.map((view) => view.attempts.length)).toEqual([1, 1, 1])
})

test('of two dispatchers one dies, and nobody notices', async () => {
  await using scene = await openOutage()
  await scene.dispatcher()
  await using ann = await openAsking(scene.installation)
  await scene.model('brief', lasting(0.5))
  const runs = await Promise.all(Array.from({ length: 12 }, () => ann.ask('brief')))
  await runs[2]!.end()
  await scene.first.dispatcher.stop('SIGKILL')
  const later = await Promise.all(Array.from({ length: 4 }, () => ann.ask('brief')))
  for (const run of [...runs, ...later]) await run.end()
  await scene.ends([...runs, ...later].map(({ id }) => id))
})

test('[3] a requester that starts again, and asks with the same key, is told the end of the first run', async () => {
  await using scene = await openOutage()
  const { installation } = scene
  await scene.model('patient')
  const first = await openAsking(installation)
  const { id } = await first.ask('patient', { key: 'site-7' })
  await scene.running([id])
  await first[Symbol.asyncDispose]()
  await using again = await openAsking(installation)
  const run = await again.ask('patient', { key: 'site-7' })
  expect(run.id).toBe(id)
  await scene.release([id])
  await run.end()
  await scene.ends([id])
})
