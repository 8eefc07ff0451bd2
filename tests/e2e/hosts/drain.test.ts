/** A worker is drained before its host is upgraded: real workers, real containers, the command line alone. */
import { attemptFolder, WorkerList } from '@carya/contracts'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { carya } from '../../integration/cli/carya.ts'
import { apiOf } from '../../support/api.ts'
import { watchStarts } from '../../support/engine-events.ts'
import { WAITING } from '../../support/scene.ts'
import { install } from '../../support/stack.ts'
import { TEST_IMAGE, testImage } from '../../support/test-image.ts'
import { until } from '../../support/until.ts'

test('its model ends well, new runs go to another or wait, a restart changes nothing, and --off lets it go on', async () => {
  await using stack = new AsyncDisposableStack()
  await testImage()
  const installation = stack.use(await install())
  const events = stack.use(await watchStarts(installation.name))
  const { api: address } = await installation.dispatcher()
  const api = apiOf(address, installation.token)
  const command = (...words: string[]) => carya(address, words, { CARYA_TOKEN: installation.token })
  const size = { CARYA_WORKER_CPUS: '1', CARYA_WORKER_MEMORY: '1GiB' }
  const worker = async (name: string) => {
    const { items } = WorkerList.parse(JSON.parse((await command('worker', 'ls', '--json')).out))
    return items.find((each) => each.name === name)
  }
  const first = await installation.worker('w1', size)
  await until('w1 is live', async () => (await worker('w1'))?.state === 'live')
  const model = { name: 'waits', version: '1', image: TEST_IMAGE, command: ['/bin/sh', '-c', WAITING] }
  expect((await api('PUT', '/v1/models', model)).status).toBe(201)

  const submit = async () => (await api('POST', '/v1/runs', { kind: 'run', model: 'waits' })).body.id
  const view = async (id: string) => (await api('GET', `/v1/runs/${id}`)).body
  const runsOn = (id: string, name: string) =>
    until(`${id} runs on ${name}`, async () => {
      const { state, attempts } = await view(id)
      return state === 'running' && attempts.at(-1)?.worker === name && events.starts(id) === 1
    })
  const release = async (id: string) => {
    const { attempt, nonce } = (await view(id)).attempts.at(-1)!
    await writeFile(join(installation.store, attemptFolder({ run: id, attempt, nonce }), 'outputs', 'go'), '')
    await until(`${id} ends well`, async () => (await view(id)).state === 'succeeded')
  }

  const mine = await submit()
  await runsOn(mine, 'w1')
  expect((await command('worker', 'drain', 'w1')).code).toBe(0)
  const left = async () => (await command('worker', 'ls')).out.includes('w1\tdefault\tdraining, 1 left\t')
  await until('it says what is left', left)
  // with no other worker a new run waits, and is told what for
  const next = await submit()
  const why = await command('why', next)
  expect(why.out).toMatch(/^act\tdraining\t.*carya worker drain w1 --off/)
  await first.stop('SIGKILL')
  await installation.worker('w1', size)
  await until('it drains again', async () => (await worker('w1'))?.state === 'draining')
  await installation.worker('w2', size)
  await runsOn(next, 'w2')
  const last = await submit()

  await release(mine)
  await until('w1 is empty', async () => (await worker('w1'))?.drained === true)
  expect((await command('worker', 'ls')).out).toContain('w1\tdefault\tdraining, empty\t')
  expect(['pending', 'queued']).toContain((await view(last)).state)
  expect((await command('worker', 'drain', 'w1', '--off')).code).toBe(0)
  await runsOn(last, 'w1')
  await Promise.all([next, last].map(release))
  for (const id of [mine, next, last]) {
    expect((await view(id)).attempts).toHaveLength(1)
    expect(events.starts(id)).toBe(1)
  }
})
