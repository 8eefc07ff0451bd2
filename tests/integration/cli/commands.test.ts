import type { RunView } from '@carya/contracts'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { serve, type Served } from '../http/setup.ts'
import { carya, start } from './carya.ts'

const nonce = 'a'.repeat(16)
const at = new Date().toISOString()
let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carya-cli-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function runWithFiles(http: Served, state: RunView['state'] = 'succeeded') {
  const run = http.api.add({ state, attempts: [{ attempt: 1, nonce, queuedAt: at }] })
  const place = await http.store.makeAttempt({ run: run.id, attempt: 1, nonce })
  return { run, ...place }
}

describe('which run', () => {
  test('the end of an id is enough, with or without its letter; @last is your own latest', async () => {
    await using http = await serve()
    const [run] = [http.api.add(), http.api.add({ submitter: 'bob' })]
    for (const word of [run.id, run.id.slice(-6), run.id.slice(-4), `r${run.id.slice(-6)}`, '@last']) {
      const { code, out } = await carya(http.url, ['show', word, '--json'])
      expect([word, code]).toEqual([word, 0])
      expect(JSON.parse(out)).toMatchObject({ id: run.id })
    }
  })

  test('an end that several share names them, one that none has says how far was looked', async () => {
    await using http = await serve()
    const same = ['0', '1'].map(
      (x) => http.api.add({ id: `r${x}${'0'.repeat(21)}same`, submitter: 'bob' }).id,
    )
    const several = await carya(http.url, ['show', 'same'])
    expect([several.code, several.out]).toEqual([2, ''])
    for (const id of same) expect(several.err).toContain(id)
    const none = await carya(http.url, ['show', 'zzzz'])
    expect(none.code).toBe(2)
    expect(none.err).toContain('2 submissions')
    for (const word of ['abc', '../x', '@first', '@last'])
      expect([word, (await carya(http.url, ['show', word])).code]).toEqual([word, 2])
  })
})

describe('ls', () => {
  test('gives tabs and UTC to a pipe, one document as JSON, across pages', async () => {
    await using http = await serve()
    for (let i = 0; i < 3; i += 1) http.api.add({ labels: { site: 'a\u001b[31m\n' }, createdAt: at })
    const plain = await carya(http.url, ['ls', '--state', 'running'])
    expect(plain.out.trimEnd().split('\n')).toHaveLength(3)
    expect(plain.out.split('\t')[3]).toBe(at)
    expect(plain.out).not.toContain('\u001b')
    const some = await carya(http.url, ['ls', '--json', '--limit', '2'])
    expect(JSON.parse(some.out)).toMatchObject({ items: [{}, {}], next: expect.any(String) })
    expect((await carya(http.url, ['ls', '--limit', '0'])).code).toBe(2)
    expect((await carya(http.url, ['ls', '--state', 'dead'])).code).toBe(2)
  })
})

describe('logs', () => {
  test('as they are, or the last lines', async () => {
    await using http = await serve()
    const { run, log } = await runWithFiles(http)
    const text = Array.from({ length: 20_000 }, (_, i) => `line ${i} ${'x'.repeat(10)}\u001b[0m\n`).join('')
    await writeFile(log, text)
    expect((await carya(http.url, ['logs', run.id])).out).toBe(text)
    const lines = text.split('\n')
    for (const tail of [0, 1, 10_000, 30_000]) {
      const { out } = await carya(http.url, ['logs', run.id, '--tail', String(tail)])
      expect(out).toBe(tail === 0 ? '' : lines.slice(-tail - 1).join('\n'))
    }
  })

  test('-f gives what is stored and what comes, no byte twice, over attempts, and exits as the run ends', async () => {
    await using http = await serve()
    const { run, log } = await runWithFiles(http, 'running')
    await writeFile(log, 'one\ntwo\n')
    const follow = start(http.url, ['logs', '-f', run.id])
    await follow.saw('two\n')
    http.api.tell({ kind: 'log', run: run.id, attempt: 1, from: 4, text: 'two\nthrée\n' })
    await follow.saw('thrée\n')
    const second = { attempt: 2, nonce: 'b'.repeat(16), queuedAt: at }
    await writeFile(log, 'one\ntwo\nthrée\nlost\n')
    const place = await http.store.makeAttempt({ run: run.id, attempt: 2, nonce: second.nonce })
    await writeFile(place.log, 'again\nend\n')
    http.api.tell({ kind: 'log', run: run.id, attempt: 2, from: 0, text: 'again\n' })
    await follow.saw('again\n')
    http.api.move(run.id, 'failed', { attempts: [...run.attempts, second] })
    const { code, out, err } = await follow.end
    expect([code, out]).toEqual([1, 'one\ntwo\nthrée\nlost\nagain\nend\n'])
    expect(err).toContain('attempt 2')
  })

  test('there are none before the first attempt', async () => {
    await using http = await serve()
    const run = http.api.add({ state: 'pending', attempts: [] })
    const { code, err } = await carya(http.url, ['logs', run.id])
    expect([code, err]).toEqual([2, expect.stringContaining('pending')])
  })
})

describe('outputs', () => {
  test('are listed, printed, or downloaded with their folders', async () => {
    await using http = await serve()
    const { run, outputs } = await runWithFiles(http)
    await mkdir(join(outputs, 'maps'))
    await writeFile(join(outputs, 'maps', 'a b.bin'), Buffer.alloc(100_000, 7))
    await writeFile(join(outputs, 'daily.csv'), 'a,b\n')
    expect((await carya(http.url, ['outputs', run.id])).out).toBe('daily.csv\t4 B\nmaps/a b.bin\t97.7 KiB\n')
    expect((await carya(http.url, ['outputs', run.id, 'daily.csv'])).out).toBe('a,b\n')
    const wrong = await carya(http.url, ['outputs', run.id, 'dayly.csv'])
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('Did you mean daily.csv?')])
    const target = join(folder, 'new')
    const { code, out } = await carya(http.url, ['outputs', run.id, '-o', target])
    expect([code, out]).toEqual([0, `${target}/daily.csv\n${target}/maps/a b.bin\n`])
    expect((await readFile(join(target, 'maps', 'a b.bin'))).equals(Buffer.alloc(100_000, 7))).toBe(true)
    expect(await readdir(target)).toEqual(['daily.csv', 'maps'])
  })

  test('are not written outside the folder, whatever the service says and the folder holds', async () => {
    const names = ['../evil', '/evil', 'a/../../evil', 'link/evil', 'a//evil']
    for (const name of names) {
      const item = { name, bytes: 4 }
      await using hostile = await answering({ attempt: 1, total: 1, items: [item] })
      const target = join(folder, 'target')
      await mkdir(target, { recursive: true })
      await symlink(folder, join(target, 'link')).catch(() => {})
      const { code, err } = await carya(hostile.url, ['outputs', `r${'0'.repeat(26)}`, '-o', target])
      expect([name, code, err]).toEqual([name, 1, expect.stringContaining('outside')])
      expect(await readdir(folder)).toEqual(['target'])
      expect(await readdir(target)).toEqual(['link'])
    }
  })
})

describe('model', () => {
  test('add registers what the file says, the version as it is written', async () => {
    await using http = await serve()
    const file = join(folder, 'model.yaml')
    await writeFile(file, 'name: sipnet\nversion: 1.0 # not the number 1\nimage: lab/sipnet:1\n')
    const { code, out } = await carya(http.url, ['model', 'add', file])
    expect([code, out]).toEqual([0, 'sipnet@1.0\n'])
    expect((await carya(http.url, ['model', 'ls'])).out).toContain('sipnet@1.0\t')
    const shown = await carya(http.url, ['model', 'show', 'dalec'])
    expect(shown.out).toContain('f_lab\tnumber\t0.5\t0 … 1')
    const slip = await carya(http.url, ['model', 'show', 'dalecc'])
    expect([slip.code, slip.err]).toEqual([2, expect.stringContaining('Did you mean dalec?')])
  })

  test('add tells faults with line and column', async () => {
    await using http = await serve()
    const file = join(folder, 'model.yaml')
    await writeFile(file, 'name: [\n')
    const broken = await carya(http.url, ['model', 'add', file])
    expect([broken.code, broken.err]).toEqual([2, expect.stringContaining(`${file}:2:1`)])
    await writeFile(file, 'name: a\nversion: 1\nparameters:\n  x:\n    type: numbr\n')
    const errors = [{ path: 'parameters.x.type', value: 'numbr', detail: 'one of number' }]
    http.api.register = async () => ({ rejected: { type: 'x', title: 'x', status: 400, errors } })
    const refused = await carya(http.url, ['model', 'add', file])
    expect([refused.code, refused.err]).toEqual([
      2,
      expect.stringContaining(`${file}:5:11: parameters.x.type`),
    ])
    expect((await carya(http.url, ['model', 'add', join(folder, 'absent')])).code).toBe(2)
  })
})

test('show tells what was asked of time and memory, and when a run is tried again', async () => {
  await using http = await serve()
  const attempt = { attempt: 1, nonce: 'a'.repeat(16), queuedAt: at, worker: 'w1' }
  const waiting = http.api.add({
    state: 'pending',
    after: at,
    deadline: '2035-01-01T00:00:00.000Z',
    notBefore: '2034-01-01T00:00:00.000Z',
    resources: { cpus: 1, memory: 2 ** 28, memoryGrowth: 2 },
    attempts: [attempt, { ...attempt, attempt: 2, memory: 2 ** 29, worker: undefined, placed: 'w2' }],
  })
  const { out } = await carya(http.url, ['show', waiting.id])
  for (const words of [
    `not before ${at}`,
    'deadline   2035-01-01T00:00:00.000Z',
    'next try   2034-01-01T00:00:00.000Z',
    '256.0 MiB (when it runs out 2 times as much, at most 2.0 GiB)',
    'for w2',
    '512.0 MiB',
  ])
    expect(out).toContain(words)
  const running = http.api.add({ state: 'running', cancelRequested: true })
  expect((await carya(http.url, ['show', running.id])).out).toContain('being cancelled')
})

test('cancel says what it did, and what it found done', async () => {
  await using http = await serve()
  const run = http.api.add()
  for (const [state, changed, words] of [
    ['cancelled', true, 'will not be started'],
    ['running', true, 'is being stopped'],
    ['running', false, 'being stopped already'],
    ['succeeded', false, 'had ended already'],
  ] as const) {
    http.api.cancel = async (id) => ({ accepted: { v: 1, id, state, changed } })
    const { code, out, err } = await carya(http.url, ['cancel', run.id])
    expect([code, out]).toEqual([0, expect.stringContaining(state)])
    expect(err).toContain(words)
  }
})

test('cancel and worker ls', async () => {
  await using http = await serve()
  const run = http.api.add()
  const cancelled = await carya(http.url, ['cancel', run.id, '--json'])
  expect(JSON.parse(cancelled.out)).toMatchObject({ id: run.id, state: 'cancelled' })
  expect(await carya(http.url, ['worker', 'ls'])).toMatchObject({
    code: 0,
    out: '',
    err: expect.stringContaining('No workers'),
  })
})

describe('a service that does not answer', () => {
  test('is named, with where it was looked for and what to do', async () => {
    const { code, out, err } = await carya('http://127.0.0.1:1', ['ls'])
    expect([code, out]).toEqual([3, ''])
    for (const word of ['http://127.0.0.1:1', 'CARYA_API', 'carya up']) expect(err).toContain(word)
    const json = await carya('http://127.0.0.1:1', ['ls', '--json'])
    expect(JSON.parse(json.err)).toMatchObject({ exitCode: 3, title: expect.any(String) })
  })

  test('a flag wins over the environment; without a token or an address it is said what is missing', async () => {
    await using http = await serve()
    expect((await carya('http://127.0.0.1:1', ['ls', '--api', http.url])).code).toBe(0)
    const none = { CARYA_TOKEN: undefined }
    expect(await carya(http.url, ['ls'], none)).toMatchObject({
      code: 2,
      err: expect.stringContaining('CARYA_TOKEN'),
    })
    const nowhere = { ...none, CARYA_API: undefined }
    expect(await carya(http.url, ['ls'], nowhere)).toMatchObject({
      code: 3,
      err: expect.stringContaining('carya up'),
    })
    expect((await carya('not a url', ['ls'])).code).toBe(2)
    expect(await carya(http.url, ['ls'], { CARYA_TOKEN: 'wrong' })).toMatchObject({ code: 2, out: '' })
  })

  test('a service in trouble is exit 3 with the request id, something else than Carya is said to be that', async () => {
    await using http = await serve()
    http.api.trouble = new Error('inside')
    expect(await carya(http.url, ['ls'])).toMatchObject({
      code: 3,
      err: expect.stringMatching(/request [0-9a-f-]{36}/),
    })
    await using other = await answering('<html>')
    expect(await carya(other.url, ['ls'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('not Carya'),
    })
  })
})

/** A server that answers everything with one body. */
async function answering(body: unknown): Promise<AsyncDisposable & { url: string }> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const server = createServer((_, answer) => void answer.end(text))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('not listening')
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('why', () => {
  test('gives one reason a line to a pipe, all as JSON, and finds the run as the others do', async () => {
    await using http = await serve()
    const run = http.api.add({ state: 'pending' })
    http.api.reasons = [
      { class: 'act', kind: 'no-worker', detail: 'none\u001b[31m\nis there', hint: 'start one' },
      { class: 'wait', kind: 'retry', detail: 'later', until: at },
    ]
    const { code, out } = await carya(http.url, ['why', run.id.slice(-6)])
    expect([code, out.split('\n').map((line) => line.split('\t'))]).toEqual([
      0,
      [
        ['act', 'no-worker', 'none\\x1b[31m is there', '', 'start one'],
        ['wait', 'retry', 'later', at, ''],
        [''],
      ],
    ])
    const json = await carya(http.url, ['why', run.id, '--json'])
    expect(JSON.parse(json.out)).toEqual({ id: run.id, state: 'pending', reasons: http.api.reasons })
    expect((await carya(http.url, ['why', 'zzzz'])).code).toBe(2)
  })
})

test('trouble that was not expected is a problem document with --json', async () => {
  await writeFile(join(folder, 'installation.json'), '{')
  const { code, out, err } = await carya('', ['env', '--json'], { CARYA_HOME: folder })
  expect([code, out]).toEqual([1, ''])
  expect(JSON.parse(err)).toMatchObject({ exitCode: 1, detail: expect.stringContaining('JSON') })
})
