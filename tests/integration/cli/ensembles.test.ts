/** Ensembles from the command line, against a dispatcher and a worker that answers without containers. */
import { workerUser, type Job } from '@carya/contracts'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiOf } from '../../support/api.ts'
import { simulateWorker } from '../../support/simulated-worker.ts'
import { install } from '../../support/stack.ts'
import { until } from '../../support/until.ts'
import { carya } from './carya.ts'

const stack = new AsyncDisposableStack()
let folder = ''
let command: (...words: string[]) => ReturnType<typeof carya>

const model = {
  name: 'line',
  version: '1',
  image: 'line:1',
  parameters: {
    k: { type: 'number', default: 1, range: [0, 10], unit: 'd-1' },
    n: { type: 'integer', default: 3, range: [0, 9] },
    fail: { type: 'boolean', default: false },
  },
  metrics: { y: { unit: 'g' } },
}

/** Ends as failed where it is told to, with a metric of its parameters otherwise. */
const result = ({ params }: Job) =>
  params['fail'] === true
    ? {
        outcome: 'failed' as const,
        exitCode: 3,
        failure: { kind: 'model_error' as const, detail: 'told to' },
      }
    : { metrics: { y: 2 * Number(params['k']) + Number(params['n']) } }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carya-cli-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const installation = stack.use(await install())
  const { api } = await installation.dispatcher({ CARYA_SWEEP: '1s' })
  command = (...words) => carya(api, words, { CARYA_TOKEN: installation.token })
  const call = apiOf(api, installation.token)
  await installation.permitWorker('sim')
  stack.use(
    await simulateWorker(installation.amqpUrl(workerUser('sim')), 'sim', { cpus: 8, auto: true, result }),
  )
  await until('the worker is known', async () => (await call('GET', '/v1/workers')).body.items.length === 1)
  expect((await call('PUT', '/v1/models', model)).status).toBe(201)
})
afterAll(() => stack.disposeAsync())

const lhs = ['ensemble', 'line', '--vary', 'k=uniform:1:5', '--samples', '40', '--seed', '7']
const idIn = (text: string) => /e[0-7][0-9a-z]{25}/.exec(text)?.[0] ?? ''

describe('an ensemble from the command line', () => {
  test('is shown by a dry run as it would be, and nothing is submitted', async () => {
    const dry = await command(...lhs, '--dry-run')
    expect(dry.code, dry.err).toBe(0)
    const first = dry.out.trim().split('\n')
    expect(first).toHaveLength(10)
    expect(first[0]).toMatch(/^0\t[1-5]\.?\d*$/)
    expect((await command('ls')).out).toBe('')
    const json = await command(...lhs, '--dry-run', '--json')
    expect(JSON.parse(json.out)).toMatchObject({ members: 40, varied: [{ name: 'k' }] })
  })

  test('is waited for, listed, shown, and its results read as tables and files', async () => {
    const ran = await command(...lhs, '-p', 'n=2', '--label', 'site=a', '--wait', '--json')
    expect(ran.code, ran.err).toBe(0)
    const lines = ran.lines()
    expect(lines[0]).toMatchObject({ kind: 'accepted', members: 40 })
    expect(lines.at(-1)).toMatchObject({ state: 'succeeded', members: { total: 40, succeeded: 40 } })
    const id = idIn(ran.out)
    const short = `e${id.slice(-6)}`

    const listed = (await command('ls', '--label', 'site=a')).out.split('\t')
    expect([listed[0], listed[1], listed[6]]).toEqual([id, 'succeeded', '40/40'])
    const shown = await command('show', '@last')
    for (const words of ['lhs, 40 samples, seed 7', 'uniform 1 … 5', '40: 40 succeeded', 'n=2'])
      expect(shown.out).toContain(words)

    const results = await command('results', short)
    expect([results.code, results.err]).toEqual([0, expect.not.stringContaining('so far')])
    expect(results.out).toMatch(/^y +g +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+$/m)
    expect(results.out).toContain('+1.00 k')
    const csv = await command('results', short, '--csv')
    expect(csv.out.split('\n')[0]).toMatch(/^index,state,k,y,/)
    expect(csv.out.trim().split('\n')).toHaveLength(41)
    expect(JSON.parse((await command('results', short, '--json')).out)).toMatchObject({ id, complete: true })
    const file = join(folder, 'new', 'results.parquet')
    expect(await command('results', short, '--parquet', '-o', file)).toMatchObject({
      code: 0,
      out: `${file}\n`,
    })
    expect((await readFile(file)).subarray(0, 4).toString()).toBe('PAR1')

    const member = await command('member', short, '7')
    expect(member.out.split('\n')[1]).toMatch(/^ {2}varies {5}k = [1-5]\.?\d* d-1$/)
    const again = await command('show', `${short}-7`)
    expect(again.out).toBe(member.out)
    expect(JSON.parse((await command('member', '@last', '7', '--json')).out)).toMatchObject({
      ensemble: id,
      index: 7,
    })
    expect((await command('failures', short)).out).toBe('')
    expect((await command('wait', short)).code).toBe(0)
  })

  test('made from a table exits 1 where members failed, which are grouped, and can be run again', async () => {
    const rows = Array.from({ length: 20 }, (_, i) => `${i / 2},${i >= 15}`)
    const table = join(folder, 'rows.csv')
    await writeFile(table, `k,fail\n${rows.join('\n')}\n`)
    const ran = await command('ensemble', 'line', '--table', table, '--fail', 'tolerate:50%', '--wait')
    expect(ran.code, ran.err).toBe(1)
    expect(ran.out).toContain('20: 15 succeeded, 5 failed')
    const failures = await command('failures', '@last')
    expect(failures.out).toMatch(/^model_error\t3\t5\te\w+-15\t/)
    const { ranges } = JSON.parse((await command('failures', '@last', '--json')).out).failures[0]
    expect(ranges.k).toEqual([7.5, 9.5])
    expect((await command('rerun', '@last')).code).toBe(2)
    const again = await command('rerun', '@last', '--failed')
    expect([again.code, again.err]).toEqual([0, expect.stringContaining('carya wait')])
    const ended = await command('wait', '@last')
    expect([ended.code, ended.out]).toEqual([1, expect.stringContaining('5 failed')])
  })

  test('with a table that has faults ends as failed, and each is told with its place', async () => {
    const table = join(folder, 'wrong.csv')
    await writeFile(table, 'k,n\n1,2\n99,x\n')
    const ran = await command('ensemble', 'line', '--table', table, '--wait')
    expect(ran.code).toBe(1)
    for (const words of ['row 2', 'column k', 'column n', 'from 0 to 10']) expect(ran.out).toContain(words)
    const results = await command('results', '@last')
    expect([results.code, results.out]).toEqual([1, ''])
  })

  test('is paused, resumed, changed and cancelled', async () => {
    const { out, code } = await command(...lhs, '--pool', 'nowhere', '--max-parallel', '4')
    expect([code, idIn(out)]).toEqual([0, out.trim()])
    expect((await command('pause', '@last')).out).toContain('paused')
    expect(JSON.parse((await command('resume', '@last', '--json')).out)).toMatchObject({ state: 'running' })
    const changed = await command('change', '@last', '--priority', '2', '--max-parallel', 'none')
    expect([changed.code, changed.err]).toEqual([0, expect.stringContaining('Priority 2; no bound')])
    expect((await command('change', '@last', '--priority', '9')).code).toBe(2)
    expect((await command('change', '@last')).code).toBe(2)
    const waited = await command('wait', '@last', '--timeout', '100ms')
    expect([waited.code, waited.err]).toEqual([124, expect.stringContaining('carya wait')])
    expect((await command('cancel', '@last')).code).toBe(0)
    expect((await command('wait', '@last')).code).toBe(4)
  })

  test('that is wrong is told every fault, by the command where words do not fit, else by the service', async () => {
    const words = await command('ensemble', 'line', '--vary', 'k=unifrom:1:2', '--vary', 'n=uniform:1')
    expect(words.code).toBe(2)
    for (const one of ['--vary k: did you mean uniform', '--vary n: uniform is written'])
      expect(words.err).toContain(one)
    const values = await command(
      'ensemble',
      'line',
      '--vary',
      'k=uniform:1:20',
      '--vary',
      'm=uniform:1:2',
      '--samples',
      '0',
    )
    expect(values.code).toBe(2)
    expect(values.err).toContain('design.samples')
    const range = await command(
      'ensemble',
      'line',
      '--vary',
      'k=uniform:1:20',
      '--vary',
      'm=uniform:1:2',
      '--samples',
      '4',
    )
    for (const one of ['design.vary.k', 'design.vary.m']) expect(range.err).toContain(one)
  })

  test('with more members than may be cancelled unasked says how to confirm', async () => {
    const many = lhs.with(lhs.indexOf('40'), '5000')
    await command(...many, '--pool', 'nowhere')
    const asked = await command('cancel', '@last')
    expect([asked.code, asked.err]).toEqual([2, expect.stringContaining('--yes')])
    expect((await command('cancel', '@last', '--yes')).code).toBe(0)
  })
})
