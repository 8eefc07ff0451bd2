import { Provenance } from '@carya/contracts'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { carya, start } from '../../integration/cli/carya.ts'
import { install } from '../../support/stack.ts'
import { TEST_IMAGE, testImage } from '../../support/test-image.ts'
import { buildDalec, seattle } from '../models/dalec.ts'

const stack = new AsyncDisposableStack()
let folder = ''
let api = ''
let store = ''
let env: Record<string, string> = {}

const command = (...words: string[]) => carya(api, words, env)
const begin = (...words: string[]) => start(api, words, env)

/** Registers a model that is one line of shell. */
async function model(name: string, line: string, more = ''): Promise<void> {
  const file = join(folder, `${name}.yaml`)
  await writeFile(
    file,
    `name: ${name}\nversion: 1.0\nimage: ${TEST_IMAGE}\ncommand: [/bin/sh, -c, ${JSON.stringify(line)}]\n${more}`,
  )
  expect(await command('model', 'add', file)).toMatchObject({ code: 0, out: `${name}@1.0\n` })
}

beforeAll(async () => {
  await testImage()
  folder = await mkdtemp(join(tmpdir(), 'carya-cli-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const installation = stack.use(await install())
  const dispatcher = await installation.dispatcher()
  api = dispatcher.api
  store = installation.store
  env = { CARYA_TOKEN: installation.token }
  await installation.worker('w1')
  await vi.waitFor(
    async () => expect((await command('worker', 'ls')).out).toContain('w1\tdefault\tlive'),
    20_000,
  )
})
afterAll(() => stack.disposeAsync())

describe('a run from the command line', () => {
  test('is waited for, found, shown, and its outputs downloaded', async () => {
    const line =
      'echo k is $CARYA_PARAM_K; cat /carya/inputs/drivers; mkdir maps; cp /carya/inputs/drivers maps/copy.csv'
    await model('whole', line, 'parameters:\n  k: { type: integer, default: 3 }\ninputs:\n  drivers: {}\n')
    const drivers = join(folder, 'drivers.csv')
    await writeFile(drivers, 'day,rain\n1,0.5\n')
    const words = [
      'run',
      'whole',
      '-p',
      'k=21',
      '-i',
      `drivers=${drivers}`,
      '--label',
      'site=a',
      '--wait',
      '--json',
    ]
    const ran = await command(...words)
    expect(ran).toMatchObject({ code: 0 })
    const result = ran.lines().at(-1)
    expect(result).toMatchObject({
      state: 'succeeded',
      params: { k: 21 },
      attempts: [{ worker: 'w1', exitCode: 0 }],
    })
    const id = String(Reflect.get(Object(result), 'id'))
    expect((await command('ls', '--label', 'site=a')).out).toContain(`${id}\tsucceeded\twhole@1.0`)
    const shown = await command('show', `r${id.slice(-6)}`, '--json')
    expect(JSON.parse(shown.out)).toEqual(result)
    expect((await command('logs', '@last')).out).toBe('k is 21\nday,rain\n1,0.5\n')
    expect((await command('logs', '@last', '--tail', '1')).out).toBe('1,0.5\n')
    const target = join(folder, 'out')
    expect(await command('outputs', id, '-o', target)).toMatchObject({
      code: 0,
      out: `${target}/maps/copy.csv\n`,
    })
    expect(await readFile(join(target, 'maps', 'copy.csv'), 'utf8')).toBe('day,rain\n1,0.5\n')
    expect((await command('outputs', id, 'maps/copy.csv')).out).toBe('day,rain\n1,0.5\n')
  })

  test('that fails is exit code 1, with what the model said last', async () => {
    await model('fails', 'echo no such site >&2; exit 3')
    const ran = await command('run', 'fails', '--wait')
    expect(ran.code).toBe(1)
    expect(ran.out).toContain('model_error')
    expect(ran.out).toContain('| no such site')
  })

  test('that is wrong is told every fault, with what may have been meant', async () => {
    const ran = await command('run', 'whole', '-p', 'K2=x', '-p', 'k=1.5', '--priority', '9')
    expect([ran.code, ran.out]).toEqual([2, ''])
    for (const path of ['params.K2', 'params.k', 'priority']) expect(ran.err).toContain(path)
    expect((await command('run', 'whol')).err).toContain('did you mean whole?')
  })

  test('shows its log and progress while it runs, and can be left and cancelled', async () => {
    await model('slow', 'echo ::progress 0.5; i=0; while :; do i=$((i+1)); echo line $i; sleep 0.2; done')
    const waiting = begin('run', 'slow', '--wait', '--json')
    await waiting.saw('"progress":0.5')
    const following = begin('logs', '@last', '-f')
    await following.saw('line 3\n')
    waiting.interrupt()
    expect(await waiting.end).toMatchObject({ code: 130, err: expect.stringContaining('carya cancel') })
    expect((await command('ls', '--state', 'running')).out).toContain('slow@1.0')
    expect((await command('cancel', '@last')).code).toBe(0)
    const followed = await following.end
    expect(followed.code).toBe(4)
    const lines = followed.out.split('\n').filter((line) => line.startsWith('line '))
    expect(lines).toEqual(lines.map((_, i) => `line ${i + 1}`))
  })

  test('that ended before anybody waited is told at once', async () => {
    await model('quick', 'true')
    const { out } = await command('run', 'quick')
    await expect
      .poll(async () => (await command('show', out.trim(), '--json')).out, { timeout: 20_000 })
      .toContain('succeeded')
    expect((await command('logs', '-f', out.trim())).code).toBe(0)
  })
})

const dalecFolder = fileURLToPath(new URL('../../../models/dalec', import.meta.url))

test('model test: dalec gives what its manifest says of its example', async () => {
  await buildDalec()
  const tested = await command('model', 'test', dalecFolder)
  expect([tested.code, tested.out]).toEqual([0, 'dalec@1.0.0 passed\n'])
})

describe('a run that is made again', () => {
  /** The last of the objects that a command printed. */
  const last = (ended: { lines: () => unknown[] }): object => Object(ended.lines().at(-1))

  test('of dalec comes to the same, bit for bit, and its outputs say what made them', async () => {
    await buildDalec()
    expect((await command('model', 'add', dalecFolder)).code).toBe(0)
    const drivers = join(folder, 'seattle.csv')
    await writeFile(drivers, seattle)
    const words = ['run', 'dalec', '-p', 'f_auto=0.45', '-i', `drivers=${drivers}`, '--wait', '--json']
    const run = last(await command(...words))
    expect(run).toMatchObject({ state: 'succeeded' })
    const id = String(Reflect.get(run, 'id'))

    const again = await command('reproduce', id)
    expect([again.code, again.out]).toEqual([
      0,
      expect.stringMatching(/is the same as .*, bit for bit: \d+ outputs/),
    ])
    expect((await command('show', '@last')).out).toContain(`reproduces r${id.slice(-6)}`)

    const made = await readFile(join(store, String(Reflect.get(run, 'folder')), 'run.json'), 'utf8')
    expect(Provenance.parse(JSON.parse(made))).toMatchObject({
      run: id,
      model: 'dalec@1.0.0',
      image: Reflect.get(run, 'image'),
      params: { f_auto: 0.45 },
      inputs: Reflect.get(run, 'inputs'),
      worker: 'w1',
      engine: { name: 'docker', kernel: expect.stringMatching(/^\d/), architecture: expect.anything() },
      exitCode: 0,
      outcome: 'succeeded',
      metrics: Reflect.get(run, 'metrics'),
    })
  })

  test('of a model that draws anew each time does not, and it is said what differs', async () => {
    await model('draws', 'cat /proc/sys/kernel/random/uuid > draw.txt; echo the same > same.txt')
    const run = last(await command('run', 'draws', '--wait', '--json'))
    const again = await command('reproduce', String(Reflect.get(run, 'id')), '--json')
    expect(again.code).toBe(1)
    expect(last(again)).toMatchObject({
      kind: 'comparison',
      identical: false,
      differences: [{ kind: 'output', name: 'draw.txt' }],
      outputs: 2,
      bySize: [],
    })
  })
})
