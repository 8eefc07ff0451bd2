/** A worker that was frozen for longer than its leases, and says late what it has. */
import type { RunView } from '@carya/contracts'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { openOutage } from '../outage.ts'

const outputs = (store: string, { id, attempts }: RunView, attempt: number) => {
  const { nonce } = attempts.find((each) => each.attempt === attempt)!
  return join(store, 'runs', id, `${attempt}-${nonce}`, 'outputs')
}

test('[33, 45] while another has its runs and they still run: its report and its files never win', async () => {
  await using scene = await openOutage({ workers: ['w1'] })
  const [first] = scene.first.workers
  await scene.model('patient')
  const runs = await scene.submit('patient', 2)
  await scene.running(runs)
  await scene.worker('w2')
  first!.process.kill('SIGSTOP')
  await scene.are(runs, 'is tried by the other', ({ attempts }) => {
    const last = attempts.at(-1)
    return last?.worker === 'w2' && last.startedAt !== undefined
  })
  const { store } = scene.installation
  const [ended, going] = await Promise.all(runs.map(scene.view))
  // of one the first attempt ends while its worker is frozen: a late report and late files, of a model that went well
  await writeFile(join(outputs(store, ended!, 1), 'go'), '')
  await until('it has ended', () =>
    readFile(join(outputs(store, ended!, 1), 'metrics.json'), 'utf8').catch(() => false),
  )
  first!.process.kill('SIGCONT')
  await first!.line(({ msg, run }) => msg === 'attempt let go' && run === ended!.id)
  // the other still ran: it was told to stop
  await first!.line(({ msg, run }) => msg === 'attempt let go' && run === going!.id)
  expect((await scene.view(ended!.id)).state).toBe('running')
  await scene.release(runs)
  const views = await scene.ends(runs, { starts: 2 })
  expect(views.map(({ attempts }) => attempts.map((each) => each.worker))).toEqual([
    ['w1', 'w2'],
    ['w1', 'w2'],
  ])
})

test('[33] alone in its pool: its late heartbeats revive nothing, and it is given the next attempt', async () => {
  await using scene = await openOutage()
  const [worker] = scene.first.workers
  await scene.model('patient')
  const [run = ''] = await scene.submit('patient')
  await scene.running([run])
  worker!.process.kill('SIGSTOP')
  await scene.are([run], 'has lost its lease', ({ state }) => state !== 'running')
  worker!.process.kill('SIGCONT')
  await worker!.line(({ msg, attempt }) => msg === 'attempt let go' && attempt === 1)
  await scene.are([run], 'is tried again', ({ attempts }) => attempts.at(-1)?.attempt === 2)
  await scene.running([run])
  await scene.release([run])
  const [view] = await scene.ends([run], { starts: 2 })
  expect(view?.attempts[0]?.failure?.kind).toBe('worker_lost')
})
