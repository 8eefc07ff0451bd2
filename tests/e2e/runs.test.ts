import { labels } from '@carya/contracts'
import { lstat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { apiOf, type CallApi } from '../support/api.ts'
import { watchStarts, type StartEvents } from '../support/engine-events.ts'
import { engine } from '../support/engine.ts'
import { install, type Installation } from '../support/stack.ts'
import { openSubmitter, type Answer, type Submitter } from '../support/submitter.ts'
import { TEST_IMAGE, testImage } from '../support/test-image.ts'

const stack = new AsyncDisposableStack()
let installation: Installation
let ann: Submitter
let api: CallApi
let events: StartEvents

/** Registers a model that is one line of shell. */
async function model(name: string, line: string, more: object = {}): Promise<string> {
  const manifest = { name, version: '1', image: TEST_IMAGE, command: ['/bin/sh', '-c', line], ...more }
  const { status, text } = await api('PUT', '/v1/models', manifest)
  expect(status, text).toBe(201)
  return name
}
const run = async (name: string, more: object = {}): Promise<Answer> => {
  const asked = ann.send({ kind: 'run', model: name, ...more })
  const accepted = await asked.answer()
  expect(accepted).toMatchObject({ type: 'run.accepted' })
  return asked.answer('run.succeeded', 'run.failed', 'run.cancelled')
}
const containersOf = (id: unknown) =>
  engine().listContainers({ all: true, filters: { label: [`${labels.run}=${String(id)}`] } })
const outputsFolder = (body: Answer['body']) => join(installation.store, String(body['folder']), 'outputs')

beforeAll(async () => {
  await testImage()
  installation = stack.use(await install())
  events = stack.use(await watchStarts(installation.name))
  const { api: address } = await installation.dispatcher()
  api = apiOf(address, installation.token)
  await installation.worker('w1')
  await vi.waitFor(async () => expect((await api('GET', '/v1/workers')).body.items).toHaveLength(1), 30_000)
  await installation.submitter('ann')
  ann = stack.use(await openSubmitter(installation.amqpUrl('ann')))
})
afterAll(() => stack.disposeAsync())

describe('a run', () => {
  test('goes the whole road: a message in, a container, outputs and metrics, a message out', async () => {
    const line = `cat /carya/params.json >&2; echo "k is $CARYA_PARAM_K"; cat /carya/inputs/drivers > copy.txt;
      echo '{"twice":'$((CARYA_PARAM_K * 2))'}' > metrics.json; mkdir -p deep; echo hello > deep/a.txt`
    await model('whole', line, {
      parameters: { k: { type: 'integer', default: 3 } },
      inputs: { drivers: {} },
    })
    const stored = await api('PUT', '/v1/files', Buffer.from('day,rain\n1,0.5\n'))
    expect(stored.status).toBeLessThan(300)
    const inputs = { drivers: String(Reflect.get(stored.body, 'url')) }
    const end = await run('whole', { params: { k: 21 }, inputs })
    expect(end).toMatchObject({
      type: 'run.succeeded',
      body: { state: 'succeeded', submitter: 'ann', params: { k: 21 }, metrics: { twice: 42 } },
    })
    const id = String(end.body['id'])
    const shown = (await api('GET', `/v1/runs/${id}`)).body
    expect(shown.image.digest).toMatch(/^sha256:/)
    expect(shown.attempts).toMatchObject([{ attempt: 1, worker: 'w1', exitCode: 0 }])
    expect(shown.attempts[0]?.container).toMatch(/^[0-9a-f]{12}/)
    expect(shown.outputs?.map((output) => output.name).toSorted()).toEqual([
      'copy.txt',
      'deep/a.txt',
      'metrics.json',
    ])
    const deep = shown.outputs?.find((output) => output.name === 'deep/a.txt')
    expect((await api('GET', deep?.url ?? '')).text).toBe('hello\n')
    expect((await api('GET', `/v1/runs/${id}/outputs/copy.txt`)).text).toContain('1,0.5')
    const log = (await api('GET', `/v1/runs/${id}/logs`)).text
    expect(log).toContain('k is 21')
    expect(log).toMatch(/"k": ?21/)
    expect(events.starts(id)).toBe(1)
    await vi.waitFor(async () => expect(await containersOf(id)).toHaveLength(0), 20_000)
    // the lasting record is beside the outputs
    const record = JSON.parse(await readFile(join(installation.store, 'runs', id, 'run.json'), 'utf8'))
    expect(record).toMatchObject({ id, state: 'succeeded', metrics: { twice: 42 } })
  })

  test('shows its container by label while it runs, and its progress', async () => {
    await model('slow', 'echo ::progress 0.5; while [ ! -e /carya/outputs/go ]; do sleep 0.1; done')
    const asked = ann.send({ kind: 'run', model: 'slow' })
    const id = String((await asked.answer('run.accepted')).body['id'])
    await vi.waitFor(async () => expect((await containersOf(id))[0]?.State).toBe('running'), 30_000)
    await vi.waitFor(async () => expect((await api('GET', `/v1/runs/${id}`)).body.progress).toBe(0.5), 30_000)
    await engine()
      .getContainer((await containersOf(id))[0]!.Id)
      .exec({ Cmd: ['/bin/touch', '/carya/outputs/go'] })
      .then((exec) => exec.start({}))
    await asked.answer('run.succeeded')
    await vi.waitFor(async () => expect(await containersOf(id)).toHaveLength(0), 20_000)
  })

  test('submitted over HTTP gives the same', async () => {
    await model('still', 'true')
    const accepted = await api('POST', '/v1/runs', { kind: 'run', model: 'still', labels: { site: 'a' } })
    expect(accepted.status).toBe(201)
    await vi.waitFor(async () => {
      const { body } = await api('GET', `/v1/runs/${accepted.body.id}`)
      expect(body).toMatchObject({ state: 'succeeded', submitter: 'test' })
    }, 30_000)
    const listed = await api('GET', '/v1/runs?label=site%3Da&state=succeeded&model=still')
    expect(listed.body.items.map((item) => item['id'])).toEqual([accepted.body.id])
  })

  test('that is cancelled while it runs is stopped and ends as cancelled', async () => {
    await model('endless', 'trap "exit 0" TERM; while true; do sleep 0.1; done')
    const asked = ann.send({ kind: 'run', model: 'endless' })
    const id = String((await asked.answer('run.accepted')).body['id'])
    await vi.waitFor(async () => expect((await containersOf(id))[0]?.State).toBe('running'), 30_000)
    expect((await api('POST', `/v1/runs/${id}/cancel`)).status).toBe(202)
    await asked.answer('run.cancelled')
    await vi.waitFor(async () => expect(await containersOf(id)).toHaveLength(0), 20_000)
  })
})

describe('a model that misbehaves', () => {
  test('exits 3: the run has failed, with its code, its last lines and what it wrote', async () => {
    await model('exits', 'echo half > half.txt; echo "no such site" >&2; exit 3')
    const end = await run('exits')
    expect(end).toMatchObject({
      type: 'run.failed',
      body: { failure: { kind: 'model_error' }, logTail: expect.stringContaining('no such site') },
    })
    expect(end.body['attempts']).toMatchObject([{ exitCode: 3 }])
    expect(end.body['outputs']).toMatchObject([{ name: 'half.txt', bytes: 5 }])
  })

  test('writes 50 MB to stdout: it is kept, the result stays small, the service goes on', async () => {
    await model('loud', 'yes "a line of forty characters, more or less" | head -c 50000000')
    const end = await run('loud', { timeout: '2m' })
    expect(end.type).toBe('run.succeeded')
    expect(JSON.stringify(end.body).length).toBeLessThan(20_000)
    const log = await lstat(join(installation.store, String(end.body['folder']), 'log.txt'))
    expect(log.size).toBe(50_000_000)
  })

  test('tries the network, to write outside its folders and to become root: it can not', async () => {
    await model(
      'burglar',
      `ip link | grep -q eth && echo has-network >> found;
       echo x > /etc/x && echo wrote-etc >> found; echo x > /carya/params.json && echo wrote-params >> found;
       echo x > /carya/inputs/drivers && echo wrote-input >> found; echo x > /data/x && echo wrote-volume >> found;
       [ "$(id -u)" = 0 ] && echo is-root >> found; mount -t tmpfs none /tmp && echo mounted >> found;
       grep -q 'CapEff:.*[1-9a-f]' /proc/self/status && echo has-capabilities >> found;
       grep -q 'NoNewPrivs:.*0' /proc/self/status && echo may-gain >> found;
       dd if=/dev/zero of=/dev/shm/x bs=1M count=200 2>/dev/null && echo filled-shm >> found; touch done`,
      { inputs: { drivers: {} } },
    )
    const stored = await api('PUT', '/v1/files', Buffer.from('x'))
    const end = await run('burglar', { inputs: { drivers: String(Reflect.get(stored.body, 'url')) } })
    expect(end.type).toBe('run.succeeded')
    expect(end.body['outputs']).toMatchObject([{ name: 'done' }])
  })

  test('forks without end: it meets its limit, and the host and the next run do not notice', async () => {
    await model('bomb', 'bomb() { bomb | bomb & }; bomb; sleep 2; exit 7')
    const end = await run('bomb', { timeout: '20s' })
    expect(end.type).toBe('run.failed')
    expect((await run('still')).type).toBe('run.succeeded')
  })

  test('takes more memory than it asked: it is killed, and told apart from other ends', async () => {
    await model('greedy', 'head -c 200000000 /dev/zero | tail', { resources: { memory: '32MiB' } })
    const end = await run('greedy')
    expect(end).toMatchObject({ type: 'run.failed', body: { failure: { kind: 'out_of_memory' } } })
  })

  test('is given more memory, where that was asked, and comes to its end', async () => {
    await model('growing', 'head -c 40000000 /dev/zero | tail >/dev/null')
    const resources = { memory: '16MiB', memoryGrowth: 8, memoryMost: '256MiB' }
    const end = await run('growing', { resources })
    expect(end).toMatchObject({
      type: 'run.succeeded',
      body: { attempts: [{ failure: { kind: 'out_of_memory' } }, { memory: 128 * 2 ** 20, exitCode: 0 }] },
    })
  })

  test('runs into the deadline of its run: it is stopped and not tried again, whatever it exits with', async () => {
    await model('late', 'trap "exit 0" TERM; while true; do sleep 0.1; done')
    const end = await run('late', { deadline: '10s', retries: 3 })
    expect(end).toMatchObject({ type: 'run.failed', body: { failure: { kind: 'timeout' }, attempts: [{}] } })
  })

  test('runs for longer than its timeout: it is stopped', async () => {
    await model('sleeper', 'sleep 100')
    const end = await run('sleeper', { timeout: '1s' })
    expect(end).toMatchObject({ type: 'run.failed', body: { failure: { kind: 'timeout' } } })
  })

  test('cannot be started: the message says why, and no host is blamed', async () => {
    await model('typo', 'true', { command: ['/no/such/program'] })
    const end = await run('typo')
    expect(end).toMatchObject({ type: 'run.failed', body: { failure: { kind: 'model_error' } } })
    expect(JSON.stringify(end.body)).toContain('/no/such/program')
  })
})

test('what a model writes belongs to the owner of the store, who need not be root to delete it', async () => {
  await model(
    'writer',
    'mkdir closed; echo x > closed/x; chmod 000 closed; ln -s /etc/shadow link; echo x > plain',
  )
  const end = await run('writer')
  const owner = await lstat(installation.store)
  for (const name of ['plain', 'closed', '.'])
    expect(await lstat(join(outputsFolder(end.body), name))).toMatchObject({ uid: owner.uid, gid: owner.gid })
  // a link is no output
  expect(JSON.stringify(end.body['outputs'])).toContain('"plain"')
  expect(JSON.stringify(end.body['outputs'])).not.toContain('link')
})

test('the containers started are as many as the runs: each once', () => {
  // one for every model above that could start, and one more for the second run of `still` and try of `growing`
  expect(events.all()).toBe(16)
})
