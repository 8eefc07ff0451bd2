/** The life of an attempt on a real worker with real containers, the dispatcher played by the test. */
import { labels } from '@carya/contracts'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { engine } from '../../support/engine.ts'
import { install } from '../../support/stack.ts'
import { until } from '../../support/until.ts'
import { direct } from './director.ts'

const noneLeft = async (run: string) =>
  (await engine().listContainers({ all: true, filters: { label: [`${labels.run}=${run}`] } })).length === 0

test('a job is claimed, granted, started, finished and settled, and then its container is gone', async () => {
  await using installation = await install()
  await using director = await direct(installation)
  await installation.worker('w1')
  const script = `
    echo hello $CARYA_PARAM_RATE; echo trouble >&2
    echo '{"gpp": 12.5}' > metrics.json
    mkdir -p a; cat /carya/params.json > a/params.json; echo 1,2 > daily.csv; sleep 1.5`
  const job = await director.offer(director.job(script, { params: { rate: 1e-7 } }))
  const finished = await director.finished(job)
  expect(finished).toMatchObject({
    worker: 'w1',
    outcome: 'succeeded',
    exitCode: 0,
    metrics: { gpp: 12.5 },
    outputs: [
      { name: 'a/params.json', bytes: 19 },
      { name: 'daily.csv', bytes: 4 },
      { name: 'metrics.json', bytes: 14 },
    ],
    outputsTotal: 3,
    folder: `runs/${job.run}/1-${job.nonce}`,
  })
  // two pipes: which is read first is the engine's affair
  expect(finished.logTail.split('\n').toSorted()).toEqual(['', 'hello 1e-7', 'trouble'])
  expect(Date.parse(finished.startedAt ?? '')).toBeLessThanOrEqual(Date.parse(finished.finishedAt))
  expect(director.reports.map(({ report, userId }) => [report.kind, userId])).toEqual(
    ['claimed', 'started', 'finished'].map((kind) => [kind, 'worker-w1']),
  )
  const folder = join(installation.store, finished.folder)
  expect(await readFile(join(folder, 'log.txt'), 'utf8')).toBe(finished.logTail)
  expect(JSON.parse(await readFile(join(folder, 'job.json'), 'utf8'))).toEqual(job)
  await until('its container is gone', () => noneLeft(job.run))
  const beat = await director.beat(({ attempts }) => attempts.length === 0)
  expect(beat).toMatchObject({ worker: 'w1', seq: 7, room: beat.size })
})
