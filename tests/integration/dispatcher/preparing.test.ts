/** A run whose worker makes things ready for it: what is told of that, to whom, and how often. */
import { workerUser, type FeedItem, type Job, type RunView, type Why } from '@carya/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { simulateWorker, type SimulatedWorker } from '../../support/simulated-worker.ts'
import { install, type Installation } from '../../support/stack.ts'
import { openSubmitter, type Submitter } from '../../support/submitter.ts'
import { until } from '../../support/until.ts'

const stack = new AsyncDisposableStack()
let installation: Installation
let ann: Submitter
let api: string
let worker: SimulatedWorker

beforeAll(async () => {
  installation = stack.use(await install())
  ;({ api } = await installation.dispatcher())
  await installation.permitWorker('sim')
  worker = stack.use(await simulateWorker(installation.amqpUrl(workerUser('sim')), 'sim'))
  const manifest = { name: 'still', version: '1', image: 'still:1' }
  await until('a worker is known, and the model with it', async () => {
    const headers = { ...authorization(), 'content-type': 'application/json' }
    const answer = await fetch(`${api}/v1/models`, { method: 'PUT', headers, body: JSON.stringify(manifest) })
    return answer.status === 201
  })
  await installation.submitter('ann')
  ann = stack.use(await openSubmitter(installation.amqpUrl('ann')))
})
afterAll(() => stack.disposeAsync())

const authorization = () => ({ authorization: `Bearer ${installation.token}` })
async function ask<T>(path: string): Promise<T> {
  const answer: T = JSON.parse(await (await fetch(`${api}${path}`, { headers: authorization() })).text())
  return answer
}

/** All that was told of a run or an image, up to the first item that fits. */
async function toldOf(of: string, isLast: (item: FeedItem) => boolean): Promise<FeedItem[]> {
  const headers = { ...authorization(), 'last-event-id': '0-0' }
  const { body } = await fetch(`${api}/v1/events?${of}`, { headers })
  const items: FeedItem[] = []
  let text = ''
  for await (const piece of body!.pipeThrough(new TextDecoderStream())) {
    text += piece
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    for (const line of lines.filter((each) => each.startsWith('data:'))) {
      const item: FeedItem = JSON.parse(line.slice('data:'.length))
      items.push(item)
      if (isLast(item)) return items
    }
  }
  throw new Error(`the events of ${of} ended: ${JSON.stringify(items)}`)
}

test('it is told by its view, by why and to who follows it, each change once, until its model starts', async () => {
  const accepted = await ann.send({ kind: 'run', model: 'still' }).answer('run.accepted')
  const job: Job = await worker.job((each) => each.run === accepted.body['id'])
  const { run, attempt, nonce } = job
  const beat = (more: object) => worker.beat([{ run, attempt, nonce, phase: 'granted', ...more }])
  const view = () => ask<RunView>(`/v1/runs/${run}`)
  worker.report('claimed', job)
  await worker.order((order) => order.do === 'granted' && order.run === run)
  for (const preparing of ['pulls still:1: 5 % of 1.2 GiB', 'pulls still:1: 34 % of 1.2 GiB']) {
    beat({ preparing })
    await expect.poll(async () => (await view()).preparing).toBe(preparing)
    beat({ preparing })
  }
  expect((await ask<Why>(`/v1/runs/${run}/why`)).reasons).toMatchObject([
    {
      class: 'wait',
      kind: 'preparing',
      detail: expect.stringContaining('sim pulls still:1: 34 % of 1.2 GiB'),
    },
  ])
  beat({ phase: 'running', progress: 0.5 })
  const told = await toldOf(`run=${run}`, ({ kind }) => kind === 'progress')
  expect(told.filter(({ kind }) => kind === 'preparing')).toEqual([
    { kind: 'preparing', run, attempt, preparing: 'pulls still:1: 5 % of 1.2 GiB' },
    { kind: 'preparing', run, attempt, preparing: 'pulls still:1: 34 % of 1.2 GiB' },
    { kind: 'preparing', run, attempt },
  ])
  await expect.poll(async () => (await view()).progress).toBe(0.5)
  expect(await view()).not.toHaveProperty('preparing')
})

test('how far the pull of an image is that is looked up, to who asks for that image', async () => {
  const pull = { kind: 'image', image: 'lab/pond:1', worker: 'sim' }
  const seen: object[] = []
  for (const how of ['5 % of 1.2 GiB', '34 % of 1.2 GiB', undefined]) {
    const lookups = [
      { image: 'lab/pond:1', how },
      { image: 'lab/lake:1', how: '' },
    ]
    worker.say({ lookups: how === undefined ? undefined : lookups })
    seen.push(how === undefined ? pull : { ...pull, how })
    const told = await toldOf('image=lab/pond:1', (item) => item.kind === 'image' && item.how === how)
    expect(told).toEqual(seen)
  }
})
