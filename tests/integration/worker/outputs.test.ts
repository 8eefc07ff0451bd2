/** What becomes of the outputs that models leave: listed with their hashes, checked, and read for metrics. */
import type { Finished, Job } from '@carya/contracts'
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { install, type Installation } from '../../support/stack.ts'
import { direct, type Director } from './director.ts'

let installation: Installation
let director: Director

beforeAll(async () => {
  installation = await install()
  director = await direct(installation)
  director.welcome('w1')
  await installation.worker('w1', { CARYA_WORKER_CPUS: '4' })
})
afterAll(async () => {
  await director[Symbol.asyncDispose]()
  await installation[Symbol.asyncDispose]()
})

async function finish(script: string, setup?: Job['setup'], needs: string[] = []): Promise<Finished> {
  const job = director.job(script, { needs, ...(setup ? { setup } : {}) })
  return director.finished(await director.offer(job))
}
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

test('each output has its bytes and its hash', async () => {
  const { outputs, notes } = await finish('printf hello > a.txt; mkdir d; printf "" > d/b; seq 1 200000 > c')
  const numbers = Array.from({ length: 200_000 }, (_, at) => `${at + 1}\n`).join('')
  expect(outputs).toEqual([
    { name: 'a.txt', bytes: 5, sha256: sha256('hello') },
    { name: 'c', bytes: numbers.length, sha256: sha256(numbers) },
    { name: 'd/b', bytes: 0, sha256: sha256('') },
  ])
  expect(notes).toBeUndefined()
})

test('[25] of more than a thousand outputs those that the manifest declares are listed first', async () => {
  const setup = { outputs: { 'zz.csv': {}, 'z*.txt': {} } }
  const { outputs, outputsTotal, notes } = await finish(
    'seq 1 1001 | sed "s/^/a/" | xargs touch; echo x > zz.csv; echo x > z1.txt',
    setup,
  )
  expect(outputsTotal).toBe(1003)
  expect(outputs).toHaveLength(1000)
  expect(outputs.slice(0, 2).map(({ name }) => name)).toEqual(['zz.csv', 'z1.txt'])
  expect(outputs.every((each) => each.sha256?.length === 64)).toBe(true)
  expect(notes).toEqual(['1000 of 1003 outputs are listed'])
})

test('files that a model was given are none of its outputs', async () => {
  const job = director.job('cat in.nml > out.txt', {
    files: [{ path: 'in.nml', content: 'x' }],
    needs: ['files', 'setup'],
    setup: { outputs: { '*.nml': { required: true } } },
  })
  const { outputs, failure } = await director.finished(await director.offer(job))
  expect(outputs).toEqual([{ name: 'out.txt', bytes: 1, sha256: sha256('x') }])
  expect(failure?.detail).toBe('required outputs are missing: *.nml; there is out.txt')
})

describe('required outputs', () => {
  const setup = { outputs: { 'out.csv': { required: true }, 'maps/**/*.txt': { required: true } } }

  test('that are there make a success', async () => {
    const { outcome } = await finish('echo x > out.csv; mkdir -p maps/a/b; echo x > maps/a/b/1.txt', setup)
    expect(outcome).toBe('succeeded')
  })

  test('that are missing make a failure, which names them and what is there', async () => {
    const finished = await finish('echo x > Out.csv; mkdir maps; ln -s /etc/passwd maps/1.txt', setup)
    expect(finished).toMatchObject({ outcome: 'failed', exitCode: 0, outputs: [{ name: 'Out.csv' }] })
    expect(finished.failure).toEqual({
      kind: 'output_error',
      detail:
        'required outputs are missing: out.csv (did you mean Out.csv?), maps/**/*.txt; there is Out.csv',
    })
    // the failure is not said again
    expect(finished.notes).toEqual([expect.stringContaining('were passed over')])
  })

  test('of a model that failed by itself are told beside its own failure', async () => {
    const { failure, notes } = await finish('exit 3', setup)
    expect(failure).toEqual({ kind: 'model_error', detail: 'exit code 3' })
    expect(notes).toEqual(['required outputs are missing: out.csv, maps/**/*.txt; there are none at all'])
  })

  test('with a hostile pattern, among hostile names, take no time', async () => {
    const pattern = `${'*a'.repeat(60)}*b`
    const { failure } = await finish(
      'name=$(head -c 250 /dev/zero | tr "\\000" a); for i in 1 2 3 4 5; do touch $name$i; done',
      { outputs: { [pattern]: { required: true } } },
    )
    expect(failure?.kind).toBe('output_error')
  })
})

describe('metrics from series', () => {
  const columns = { format: 'columns' as const, names: ['time', 'v_out'], skip: 1, comment: '*' }
  const from = (output: string, column: string, take: 'mean' | 'max' | 'last' | 'sum') => ({
    output,
    column,
    take,
  })

  test('are taken from CSV and from columns with white space, and count before those of metrics.json', async () => {
    const { outcome, metrics } = await finish(
      `printf 'RC\\n* t v\\n\\n 0.0   1.0D+00\\n 1.0\\t3.0\\n' > run-1.txt
       printf 'date,nee\\n2012-01-01,1\\n2012-01-02,0.5\\n' > out.csv
       echo '{"peak": 99, "own": 1}' > metrics.json`,
      {
        outputs: {
          'run-*.txt': { series: { time: 'time', ...columns } },
          'out.csv': { series: { time: 'date' } },
        },
        metrics: {
          peak: from('run-*.txt', 'v_out', 'max'),
          middle: from('run-*.txt', 'v_out', 'mean'),
          end: from('out.csv', 'nee', 'last'),
          all: from('out.csv', 'nee', 'sum'),
        },
      },
    )
    expect(outcome).toBe('succeeded')
    expect(metrics).toEqual({ peak: 3, own: 1, middle: 2, end: 0.5, all: 1.5 })
  })

  test('that cannot be taken are a failure that says where; the others are there', async () => {
    const { failure, metrics } = await finish(
      `printf 'RC\\n0 1\\n1 NaN\\n' > out.txt; printf 'date,nee\\n1,2\\n' > out.csv; ln -s out.csv link.csv; seq 1 2 > a.txt`,
      {
        outputs: { 'out.txt': { series: { time: 'time', ...columns } }, 'out.csv': {}, '*.txt': {} },
        metrics: {
          peak: from('out.txt', 'v_out', 'max'),
          good: from('out.csv', 'nee', 'sum'),
          typo: from('out.csv', 'nea', 'sum'),
          many: from('*.txt', 'x', 'sum'),
          link: from('link.csv', 'nee', 'sum'),
        },
      },
    )
    expect(metrics).toEqual({ good: 2 })
    expect(failure).toEqual({
      kind: 'output_error',
      detail: [
        'metric peak, from out.txt: line 3, column v_out: "NaN" is not a number',
        'metric typo, from out.csv: no column nea; did you mean nee?',
        'metric many, from *.txt: 2 files are meant by it, not one',
        'metric link, from link.csv: there is no such file',
      ].join('; '),
    })
  })

  test('of a file that is too large, or has a line without end, are refused', async () => {
    const setup = { outputs: { 'out.csv': {} }, metrics: { m: from('out.csv', 'x', 'sum') } }
    const large = await finish('dd if=/dev/zero of=out.csv bs=1M count=0 seek=65 2>/dev/null', setup)
    expect(large.failure?.detail).toMatch(/64 MiB at most are read$/)
    const endless = await finish('dd if=/dev/zero of=out.csv bs=1M count=10 2>/dev/null', setup)
    expect(endless.failure?.detail).toMatch(/line 1: more than 1048576 characters/)
  })
})
