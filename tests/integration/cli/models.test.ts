import type { Model, RunView } from '@carya/contracts'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { model } from '../http/fake-models.ts'
import { serve, type Served } from '../http/setup.ts'
import { carya, start, type Ended } from './carya.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carya-models-'))
})
afterAll(() => rm(folder, { recursive: true }))

const version = (number: string, isDefault: boolean, more: Partial<Model['manifest']> = {}): Model => {
  const one = model('growth', number)
  return { ...one, default: isDefault, manifest: { ...one.manifest, ...more } }
}
const declared = { metrics: { final: 10 }, tolerance: 1e-6 }

/** The text of a manifest. */
const yaml = (number: string, more = '') => `name: growth\nversion: ${number}\n${more}`

/** Ends the next run that is submitted, once the `meanwhile` is done, and waits for the command. */
async function withRun(
  http: Served,
  words: readonly string[],
  end: Partial<RunView>,
  meanwhile: () => void = () => {},
): Promise<Ended> {
  const before = http.api.submitted.length
  const started = start(http.url, words)
  await vi.waitFor(() => expect(http.api.submitted).toHaveLength(before + 1), 20_000)
  const { items } = JSON.parse(await (await http.ask('/v1/runs?limit=1')).text())
  const { state = 'succeeded', ...fields } = end
  meanwhile()
  http.api.move(items[0].id, state, fields)
  return started.end
}

test('ls lists every version, and says which are the defaults', async () => {
  await using http = await serve()
  http.api.modelsKnown = [version('1', false), version('2', true)]
  const { out } = await carya(http.url, ['model', 'ls'])
  expect(out.split('\n').map((line) => line.split('\t').slice(0, 3))).toEqual([
    ['growth@1', '', 'aaaaaaaaaaaa'],
    ['growth@2', 'yes', 'aaaaaaaaaaaa'],
    [''],
  ])
  const json = await carya(http.url, ['model', 'ls', '--json'])
  expect(JSON.parse(json.out)).toMatchObject({ items: [{ version: '1' }, { version: '2', default: true }] })
})

test('show tells all that a manifest says', async () => {
  await using http = await serve()
  const whole = version('1', true, {
    files: { 'in.nml': { template: '', description: 'The namelist' } },
    inputs: { drivers: { required: true, path: '/opt/drivers', unpack: true, description: 'Weather' } },
    metrics: { gpp: { unit: 'g C m-2', from: { output: 'a.csv', column: 'gpp', take: 'mean' } } },
    isolation: { network: 'outbound', capabilities: ['SYS_NICE'] },
    resources: { cpus: 2, memory: '1GiB', disk: '2GiB' },
    test: { params: { k: 1 }, ...declared },
  })
  http.api.modelsKnown = [whole, version('0', false)]
  const { out } = await carya(http.url, ['model', 'show', 'growth'])
  for (const line of [
    'growth@1 (default)',
    '  versions   0',
    '  asks       2 CPU, 1GiB of memory, 2GiB for outputs',
    '  isolation  network outbound; capabilities SYS_NICE',
    '  test       k=1 gives final=10 (within 0.000001)',
    '  in.nml: The namelist',
    '  drivers (unpacked, as /opt/drivers): Weather',
    '  gpp [g C m-2] = mean of gpp in a.csv',
  ])
    expect(out.split('\n')).toContain(line)
})

test('a version is made the default or forgotten by its whole name; what is unclear is asked back', async () => {
  await using http = await serve()
  http.api.modelsKnown = [version('1', true), version('2', false)]
  const bare = await carya(http.url, ['model', 'default', 'growth'])
  expect([bare.code, bare.err]).toEqual([2, expect.stringMatching(/Which version.*growth@1: the default/s)])
  const slip = await carya(http.url, ['model', 'rm', 'grwoth@2', '--yes'])
  expect([slip.code, slip.err]).toEqual([2, expect.stringContaining('Did you mean growth@2?')])
  const asked = await carya(http.url, ['model', 'rm', 'growth@2'])
  expect([asked.code, asked.err]).toEqual([2, expect.stringContaining('--yes')])
  const kept = await carya(http.url, ['model', 'rm', 'growth@1', '--yes'])
  expect([kept.code, kept.err]).toEqual([2, expect.stringContaining('carya model default growth@2')])
  const made = await carya(http.url, ['model', 'default', 'growth@2'])
  expect(made).toMatchObject({ code: 0, out: 'growth@2\n', err: expect.stringContaining('was growth@1') })
  const gone = await carya(http.url, ['model', 'rm', 'growth@1', '--yes', '--json'])
  expect([gone.code, JSON.parse(gone.out)]).toMatchObject([0, { name: 'growth', version: '1' }])
  expect(http.api.modelsKnown).toMatchObject([{ version: '2', default: true }])
})

test('an image that carries a manifest is registered by its name, and as that image', async () => {
  await using http = await serve()
  http.api.imagesKnown.set('lab/growth:2', yaml('2', 'image: somewhere/else:1\n'))
  const added = await carya(http.url, ['model', 'add', 'lab/growth:2'])
  expect(added).toMatchObject({ code: 0, out: 'growth@2\n' })
  expect(http.api.modelsKnown.at(-1)?.manifest.image).toBe('lab/growth:2')
  http.api.imagesKnown.set('lab/growth:3', yaml('3'))
  const beside = await carya(http.url, ['model', 'add', 'lab/growth:3', '--no-default'])
  expect([beside.code, beside.err]).toEqual([0, expect.stringContaining('carya model default growth@3')])
  expect(http.api.modelsKnown.filter((one) => one.default && one.name === 'growth')).toMatchObject([
    { version: '2' },
  ])
})

test('faults of a label are shown where they stand in it, and an image without one is told', async () => {
  await using http = await serve()
  http.api.imagesKnown.set('lab/growth:1', 'description: no name\nversion: 1\n')
  const faulty = await carya(http.url, ['model', 'add', 'lab/growth:1'])
  expect([faulty.code, faulty.err]).toEqual([2, expect.stringContaining('lab/growth:1:1:1: name')])
  http.api.imagesKnown.set('lab/bare:1', undefined)
  const bare = await carya(http.url, ['model', 'add', 'lab/bare:1'])
  expect([bare.code, bare.err]).toEqual([2, expect.stringContaining('carries no manifest')])
  const none = await carya(http.url, ['model', 'add', 'lab/none:1'])
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('no such image')])
  const file = await carya(http.url, ['model', 'add', './absent.yaml'])
  expect([file.code, file.err]).toEqual([2, expect.stringContaining('there is no such file')])
})

test('test runs what is declared as a labelled run, and compares; one without a test says so', async () => {
  await using http = await serve()
  http.api.modelsKnown = [version('1', true, { test: { params: { k: 2 }, ...declared } })]
  const passed = await withRun(http, ['model', 'test', 'growth'], { metrics: { final: 10.000001 } })
  expect(passed).toMatchObject({ code: 0, out: 'growth@1 passed\n' })
  expect(http.api.submitted[0]?.body).toEqual({
    kind: 'run',
    model: 'growth@1',
    params: { k: 2 },
    labels: { 'carya.test': 'growth@1' },
  })
  const failed = await withRun(http, ['model', 'test', 'growth', '--json'], { metrics: { final: 11 } })
  expect([failed.code, failed.lines().at(-1)]).toMatchObject([
    1,
    { passed: false, differences: [{ of: 'metric', name: 'final', expected: 10, found: 11 }] },
  ])
  const broken = await withRun(http, ['model', 'test', 'growth@1'], {
    state: 'failed',
    failure: { kind: 'model_error', detail: 'exit code 3' },
    logTail: 'no such site\n',
  })
  expect([broken.code, broken.err]).toEqual([1, expect.stringMatching(/exit code 3.*\| no such site/s)])
  const cancelled = await withRun(http, ['model', 'test', 'growth'], { state: 'cancelled' })
  expect(cancelled.code).toBe(4)
  http.api.modelsKnown = [version('1', true)]
  const none = await carya(http.url, ['model', 'test', 'growth'])
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('declares no test')])
})

test('test takes a bare word for a registered model, and for a folder only where there is none', async () => {
  await using http = await serve()
  http.api.modelsKnown = [version('1', true)]
  for (const name of ['growth', 'fresh']) {
    await mkdir(join(folder, name))
    await writeFile(join(folder, name, 'model.yaml'), `name: ${name}\nversion: 7\nimage: lab/${name}:7\n`)
  }
  await mkdir(join(folder, 'empty'))
  const tested = (word: string, cwd = folder) => carya(http.url, ['model', 'test', word], {}, cwd)
  expect((await tested('growth')).err).toMatch(/model test \.\/growth.*growth@1 declares no test/s)
  expect((await tested('./growth')).err).toContain('growth@7 declares no test')
  expect((await tested('.', join(folder, 'growth'))).err).toContain('growth@7 declares no test')
  expect((await tested('fresh')).err).toContain('fresh@7 declares no test')
  const none = await tested('empty')
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('There is no model empty')])
})

test('expected outputs are compared by their words; what was not written is told', async () => {
  await using http = await serve()
  const stored = await http.ask('/v1/files', {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream' },
    body: 'day,size\n1,2.5\n',
  })
  const { url, sha256 } = JSON.parse(await stored.text())
  expect(await (await http.ask(`/v1/files/${sha256}`)).text()).toBe('day,size\n1,2.5\n')
  expect((await http.ask(`/v1/files/${'0'.repeat(64)}`)).status).toBe(404)
  http.api.modelsKnown = [version('1', true, { test: { outputs: { 'a.csv': url }, tolerance: 0 } })]
  const absent = await withRun(http, ['model', 'test', 'growth'], {
    attempts: [{ attempt: 1, nonce: '1111111111111111', queuedAt: new Date().toISOString() }],
  })
  expect([absent.code, absent.err]).toEqual([
    1,
    expect.stringContaining('a.csv: expected a file, found nothing'),
  ])
  // whoever wrote the manifest does not choose a file of who tests it
  const foreign = { outputs: { 'a.csv': 'file:///etc/hostname' }, tolerance: 0 }
  http.api.modelsKnown = [version('1', true, { test: foreign })]
  const refused = await carya(http.url, ['model', 'test', 'growth'])
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('no file of this machine')])
  expect(http.api.submitted).toHaveLength(1)
})

test('upgrade takes what the label of the image says by now, and makes it the default when it passes', async () => {
  await using http = await serve()
  const current = version('1', true)
  http.api.modelsKnown = [current]
  const declaring = 'test:\n  metrics: { final: 10 }\n'
  const image = current.manifest.image
  http.api.imagesKnown.set(image, yaml('2', declaring))
  const failed = await withRun(http, ['model', 'upgrade', 'growth'], { metrics: { final: 9 } })
  expect([failed.code, failed.err]).toEqual([
    1,
    expect.stringMatching(/expected 10, found 9.*still growth@1.*carya model upgrade growth/s),
  ])
  expect((await http.api.model('growth'))?.version).toBe('1')
  // it is registered by now, and the command said again
  const passed = await withRun(http, ['model', 'upgrade', 'growth'], { metrics: { final: 10 } })
  expect(passed).toMatchObject({ code: 0, out: 'growth@2\n', err: expect.stringContaining('growth@1') })
  expect((await http.api.model('growth'))?.version).toBe('2')
  expect((await http.api.model('growth@1'))?.default).toBe(false)
})

test('upgrade is done where nothing is new, and refuses what cannot be tested beside the default', async () => {
  await using http = await serve()
  const file = join(folder, 'growth.yaml')
  const current = version('1', true)
  const { image } = current.manifest
  http.api.modelsKnown = [current]
  http.api.imagesKnown.set(image, yaml('1'))
  const same = await carya(http.url, ['model', 'upgrade', 'growth'])
  expect([same.code, same.out, same.err]).toEqual([0, 'growth@1\n', expect.stringContaining('up to date')])
  await writeFile(file, yaml('1', `image: ${image}\ndescription: changed\n`))
  const changed = await carya(http.url, ['model', 'upgrade', 'growth', file])
  expect([changed.code, changed.err]).toEqual([2, expect.stringContaining('a version of its own')])
  await writeFile(file, yaml('2', `image: ${image}\n`))
  const untested = await carya(http.url, ['model', 'upgrade', 'growth', file])
  expect([untested.code, untested.err]).toEqual([2, expect.stringContaining('carya model default growth@2')])
  await writeFile(file, yaml('2', `image: ${image}\n`).replace('growth', 'other'))
  const other = await carya(http.url, ['model', 'upgrade', 'growth', file])
  expect([other.code, other.err]).toEqual([2, expect.stringContaining('it is other')])
  const named = await carya(http.url, ['model', 'upgrade', 'growth@1'])
  expect([named.code, named.err]).toEqual([2, expect.stringContaining('carya model default growth@1')])
  const none = await carya(http.url, ['model', 'upgrade', 'grwth'])
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('Did you mean growth?')])
  expect(await http.api.model('growth')).toMatchObject({ version: '1' })
})

test('upgrade pins what a tag means by now, also of a manifest in a file', async () => {
  await using http = await serve()
  const file = join(folder, 'moved.yaml')
  const current = version('1', true)
  const { image } = current.manifest
  const moved = `sha256:${'b'.repeat(64)}`
  http.api.modelsKnown = [current]
  http.api.imagesKnown.set(image, undefined)
  http.api.imagesMoved.set(image, moved)
  await writeFile(file, yaml('1', `image: ${image}\n`))
  const changed = await carya(http.url, ['model', 'upgrade', 'growth', file])
  expect([changed.code, changed.err]).toEqual([2, expect.stringContaining('a version of its own')])
  await writeFile(
    file,
    yaml('2', `image: ${image}\ntest:\n  metrics: { final: 10 }\nmetrics: { final: {} }\n`),
  )
  const passed = await withRun(http, ['model', 'upgrade', 'growth', file], {
    metrics: { final: 10 },
    image: { ...current.image, digest: moved },
  })
  expect(passed).toMatchObject({ code: 0, out: 'growth@2\n' })
  expect(await http.api.model('growth')).toMatchObject({ version: '2', image: { digest: moved } })
})

test('upgrade makes nothing the default but what was tested', async () => {
  await using http = await serve()
  const current = version('1', true)
  const { image } = current.manifest
  http.api.modelsKnown = [current]
  http.api.imagesKnown.set(image, yaml('2', 'test:\n  metrics: { final: 10 }\n'))
  const other = { ...current.image, digest: `sha256:${'b'.repeat(64)}` }
  const metrics = { final: 10 }
  const refused = {
    code: 1,
    err: expect.stringMatching(/growth@2 was registered anew meanwhile.*carya model upgrade growth/s),
  }
  // before the test was accepted
  const early = await withRun(http, ['model', 'upgrade', 'growth'], { metrics, image: other })
  expect(early).toMatchObject(refused)
  // while it ran
  const late = await withRun(http, ['model', 'upgrade', 'growth'], { metrics }, () => {
    const anew = (one: Model) => (one.version === '2' ? { ...one, image: other } : one)
    http.api.modelsKnown = http.api.modelsKnown.map(anew)
  })
  expect(late).toMatchObject(refused)
  expect(await http.api.model('growth')).toMatchObject({ version: '1' })
})

test('new writes a folder and never over one; a bad name or language is told', async () => {
  const made = join(folder, 'made')
  const first = await carya('http://127.0.0.1:1', ['model', 'new', 'growth', '--folder', made, '--json'])
  expect([first.code, JSON.parse(first.out)]).toMatchObject([0, { folder: made }])
  const second = await carya('http://127.0.0.1:1', ['model', 'new', 'growth', '--folder', made])
  expect([second.code, second.err]).toEqual([2, expect.stringContaining('is not empty')])
  const name = await carya('http://127.0.0.1:1', ['model', 'new', 'My Model'])
  expect([name.code, name.err]).toEqual([2, expect.stringContaining('lower-case letters')])
  const image = await carya('http://127.0.0.1:1', ['model', 'new', 'growth_'])
  expect(image).toMatchObject({ code: 2, err: expect.stringContaining('the name of an image') })
  const lang = await carya('http://127.0.0.1:1', ['model', 'new', 'growth', '--lang', 'cobol'])
  expect([lang.code, lang.err]).toEqual([2, expect.stringContaining('fortran')])
  const built = await carya('http://127.0.0.1:1', ['model', 'build', folder])
  expect([built.code, built.err]).toEqual([2, expect.stringContaining('carya model new')])
})
