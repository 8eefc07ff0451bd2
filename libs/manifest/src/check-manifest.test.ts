import { Manifest } from '@carya/contracts'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkManifest, errorsOfManifest } from './check-manifest.ts'

const right = {
  name: 'm',
  version: '1',
  image: 'm:1',
  command: ['/m', '{{ params.k | fixed: 2 }}', '{{ inputs.met }}'],
  parameters: {
    k: {
      type: 'number',
      default: 0.5,
      range: [0, 1],
      unit: 'd-1',
      distribution: { normal: [0.5, 1], truncate: 'range' },
    },
    n: { type: 'integer', default: 3 },
    scheme: { type: 'string', default: 'C3', choices: ['C3', 'C4'], distribution: { values: ['C3', 'C4'] } },
    snow: { type: 'boolean' },
  },
  files: { 'in.nml': { template: '&run k={{ params.k | fortran }} /\n' } },
  inputs: { met: { path: 'met.csv' }, soil: { required: false } },
  outputs: {
    'out.txt': { series: { time: 't', format: 'columns', names: ['t', 'v'] }, columns: { v: { unit: 'V' } } },
    'maps/*.nc': {},
  },
  metrics: { peak: { from: { output: 'out.txt', column: 'v', take: 'max' } }, total: {} },
  test: {
    params: { snow: true },
    inputs: { met: 'file:///met.csv' },
    metrics: { peak: 1 },
    outputs: { 'out.txt': 'https://lab.example/out.txt' },
  },
}

/** The faults as `path: detail`, of a manifest that is right but for what is put over it. */
const faults = (more: object) => {
  const value = { ...right, ...more }
  const checked = checkManifest(value)
  return 'faults' in checked
    ? errorsOfManifest(checked.faults, value).map(({ path, detail }) => `${path}: ${detail}`)
    : []
}
const parameter = (k: object) => ({ parameters: { ...right.parameters, k }, test: undefined })
const whole = (n: object) => ({
  parameters: { ...right.parameters, n: { type: 'integer', ...n } },
  test: undefined,
})
const number = { type: 'number', default: 0.5 }

test('a manifest that is right has no fault, and comes with its defaults', () => {
  expect(checkManifest(right)).toEqual({ manifest: Manifest.parse(right) })
  expect(checkManifest({ name: 'm', version: '1', image: 'm:1' })).toHaveProperty('manifest.resources', {})
})

test('metrics beyond those that are looked at one by one are a fault, and no unknown names', () => {
  const metrics = Object.fromEntries(Array.from({ length: 2001 }, (_, at) => [`m${at}`, {}]))
  const value = { name: 'm', version: '1', image: 'm:1', metrics, test: { metrics: { m2000: 1 } } }
  expect(checkManifest(value)).toEqual({ faults: [{ at: ['metrics'], detail: 'at most 2000 metrics' }] })
  delete metrics['m0']
  expect(checkManifest(value)).toHaveProperty('manifest')
})

describe('what does not fit together is told at its place', () => {
  test.each([
    [parameter({ ...number, range: [1, 0] }), 'parameters.k.range: a range: [lowest, highest]'],
    [parameter({ ...number, range: [1, 2] }), 'parameters.k.default: a number from 1 to 2'],
    [
      parameter({ ...number, range: [0, 1], choices: ['a'] }),
      'parameters.k.choices: nothing: choices are for a string',
    ],
    [whole({ default: 1.5 }), 'parameters.n.default: a whole number'],
    [whole({ range: [0.2, 0.8] }), 'parameters.n.range: a range with a whole number'],
    [
      parameter({ ...number, distribution: { values: [1, 'x'] } }),
      'parameters.k.distribution.values.1: a number',
    ],
    [
      parameter({ ...number, range: [0, 1], distribution: { uniform: [5, 9] } }),
      "parameters.k.distribution.uniform: within the parameter's range, from 0 to 1",
    ],
    [
      parameter({ ...number, range: [0, 1], distribution: { normal: [50, 1], truncate: 'range' } }),
      'parameters.k.distribution.truncate: an interval that holds more than a millionth',
    ],
    [
      parameter({ ...number, distribution: { uniform: [0, 1], normal: [0, 1] } }),
      'parameters.k.distribution: exactly one of',
    ],
    [parameter({ ...number, unit: 'm s-1)' }), 'parameters.k.unit: a unit'],
    [
      { parameters: { ...right.parameters, K: number } },
      'parameters.K: a name that differs from k by more than case',
    ],
    [
      {
        parameters: {
          ...right.parameters,
          scheme: { type: 'string', default: 'CAM', choices: ['C3', 'C4'] },
        },
      },
      'parameters.scheme.default: one of C3, C4',
    ],
    [
      { parameters: { ...right.parameters, scheme: { type: 'string', range: [0, 1], default: 'x' } } },
      'parameters.scheme.range: nothing: a range is for numbers',
    ],
    [
      { parameters: { ...right.parameters, scheme: { type: 'string', choices: ['x', 'x'], default: 'x' } } },
      'parameters.scheme.choices: choices that differ',
    ],
    [
      {
        parameters: {
          ...right.parameters,
          scheme: { type: 'string', default: 'x', distribution: { uniform: [0, 1] } },
        },
      },
      'parameters.scheme.distribution.uniform: values: scheme is a string',
    ],
    [
      { command: ['{{ params.kk }}'] },
      'command.0: line 1, column 4: no such name, params.kk: did you mean params.k?',
    ],
    [
      { files: { a: { template: 'x\n{{ params.scheme | fixed: 2 }}' } } },
      'files.a.template: line 2, column 20: fixed is for number or integer',
    ],
    [{ files: { '../a': { template: '' } } }, 'files.../a: a path in the container'],
    [{ files: { '/proc/a': { template: '' } } }, 'files./proc/a: a path in the container'],
    [
      { files: { '/carya/outputs/met.csv': { template: '' } } },
      'files./carya/outputs/met.csv: a path in the container',
    ],
    [
      { files: { 'met.csv': { template: '' } } },
      'files.met.csv: a place of its own: input met is there already',
    ],
    [
      { files: { 'met.csv/a': { template: '' } } },
      'files.met.csv/a: a place of its own: input met lies at /carya/outputs/met.csv',
    ],
    [
      { files: { a: { template: 'x'.repeat(40_000) }, b: { template: 'x'.repeat(40_000) } } },
      'files: at most 65536 characters of templates in all, not 80000',
    ],
    [{ outputs: { ...right.outputs, '/etc/x': {} } }, 'outputs./etc/x: a path within the folder of results'],
    [{ outputs: { ...right.outputs, 'a/../../b': {} } }, 'outputs.a/../../b: a path within'],
    [{ outputs: { ...right.outputs, 'a//b': {} } }, 'outputs.a//b: a path within'],
    [{ outputs: { ...right.outputs, 'a\u001bb': {} } }, 'outputs.a\u001bb: a path within'],
    [
      { outputs: { 'out.txt': { series: { time: 'tt', names: ['t', 'v'] } } } },
      'outputs.out.txt.series.time: one of the names: did you mean t?',
    ],
    [
      { outputs: { 'out.txt': { series: { time: 't', names: ['t', 'v', 'v'] } } } },
      'outputs.out.txt.series.names: names that differ',
    ],
    [
      { outputs: { ...right.outputs, 'b.txt': { series: { time: 't', names: ['t'] }, columns: { u: {} } } } },
      'outputs.b.txt.columns.u: one of the names of the series: did you mean t?',
    ],
    [
      { workdir: '/opt/m', files: { 'in.nml': { template: '' }, '/opt/m/in.nml': { template: '' } } },
      'files./opt/m/in.nml: a place of its own: file in.nml is there already',
    ],
    [{ files: { '/tmp': { template: '' } } }, 'files./tmp: a place of its own: /tmp is a folder that may be'],
    [
      { inputs: { met: { path: '/etc' } } },
      'inputs.met.path: a place of its own: /etc/hosts is the engine’s',
    ],
    [{ files: { '/etc/hosts': { template: '' } } }, 'files./etc/hosts: a place of its own: /etc/hosts is'],
    [{ isolation: { writable: ['/sbin'] } }, 'isolation.writable.0: a place of its own: /sbin/docker-init'],
    [{ files: { 'a:b': { template: '' } } }, 'files.a:b: a path in the container'],
    [{ workdir: `/${'ä'.repeat(128)}` }, 'workdir: a path in the container'],
    [
      { files: { '/var/x': { template: '' } }, isolation: { writable: ['/var/x/y'] } },
      'files./var/x: a place of its own: /var/x/y is a folder',
    ],
    [
      { metrics: { ...right.metrics, a: { from: { output: 'uot.txt', column: 'v', take: 'max' } } } },
      'metrics.a.from.output: an output that is declared: did you mean out.txt?',
    ],
    [
      { metrics: { ...right.metrics, a: { from: { output: 'maps/*.nc', column: 'v', take: 'max' } } } },
      'metrics.a.from.output: an output with a series',
    ],
    [
      { metrics: { ...right.metrics, a: { from: { output: 'out.txt', column: 'w', take: 'max' } } } },
      'metrics.a.from.column: one of the names of the series: did you mean t? there are t, v',
    ],
    [{ test: { ...right.test, params: { snow: 1 } } }, 'test.params.snow: true or false'],
    [
      { test: { ...right.test, params: { snow: true, kk: 1 } } },
      'test.params.kk: no such parameter: did you mean k?',
    ],
    [{ test: { ...right.test, params: {} } }, 'test.params.snow: missing'],
    [{ test: { ...right.test, inputs: {} } }, 'test.inputs.met: missing: the model needs this input'],
    [
      { test: { ...right.test, inputs: { met: 'file:///x', sol: 'file:///x' } } },
      'test.inputs.sol: no such input: did you mean soil?',
    ],
    [
      { test: { ...right.test, metrics: { peek: 1 } } },
      'test.metrics.peek: no such metric: did you mean peak?',
    ],
    [
      { test: { ...right.test, outputs: { '../x': 'https://lab.example/x' } } },
      'test.outputs.../x: a path within',
    ],
    [
      { test: { ...right.test, outputs: { '*.txt': 'https://lab.example/x' } } },
      'test.outputs.*.txt: the path of one file',
    ],
    [
      { test: { ...right.test, outputs: { 'out.txt': 'file:///home/ann/.netrc' } } },
      'test.outputs.out.txt: a file beside model.yaml, by its path',
    ],
    [
      { test: { ...right.test, outputs: { 'out.txt': { url: 'file:///x', sha256: '0'.repeat(64) } } } },
      'test.outputs.out.txt: a file beside model.yaml, by its path',
    ],
    [{ image: 'Lab/M' }, 'image: an image reference'],
    [{ image: 'lab//m' }, 'image: an image reference'],
    [{ image: '-v/:/host' }, 'image: an image reference'],
    [{ image: 'm:1 --privileged' }, 'image: an image reference'],
    [{ descripton: 'x' }, 'descripton: no such field: did you mean description?'],
    [parameter({ ...number, defualt: 1 }), 'parameters.k.defualt: no such field: did you mean default?'],
    [
      { outputs: { ...right.outputs, 'b.txt': { series: { time: 't', skp: 1 } } } },
      'outputs.b.txt.series.skp: no such field: did you mean skip?',
    ],
    [JSON.parse('{"__proto__": {"x": 1}}'), '__proto__: no such field: this name cannot be used'],
    [
      { inputs: JSON.parse('{"met": {"path": "met.csv"}, "soil": {"required": false}, "__proto__": {}}') },
      'inputs.__proto__: no such field',
    ],
  ])('%j: %s', (more, told) => {
    expect(faults(Object.defineProperties({}, Object.getOwnPropertyDescriptors(more)))).toEqual([
      expect.stringContaining(told),
    ])
  })
})

test('faults of the form and of what does not fit are named together', () => {
  const told = faults({
    version: '1 0',
    parameters: { ...right.parameters, k: { type: 'nmber' }, n: { type: 'integer', default: 1.5 } },
    files: { 'in.nml': { template: '{{ params.k | fixed: 2 }} {{ params.kk }}' } },
    metrics: { ...right.metrics, a: { from: { output: 'x', column: 'v', take: 'max' } } },
    timeout: 'long',
  }).map((each) => each.slice(0, each.indexOf(':')))
  expect(told.toSorted()).toEqual(
    [
      'files.in.nml.template',
      'metrics.a.from.output',
      'parameters.k.type',
      'parameters.n.default',
      'timeout',
      'version',
    ].toSorted(),
  )
})

test.each([
  'ghcr.io/lab/dalec:1.0.0',
  'localhost:5000/m',
  'localhost/m',
  'lab/m__x.y-z',
  `m@sha256:${'a'.repeat(64)}`,
  '10.0.0.1:5000/a/b:T_1',
])('%s is an image', (image) => {
  expect(faults({ image })).toEqual([])
})

test('a pathological image reference is refused at once', () => {
  expect(faults({ image: `${'a-'.repeat(250)}!` })).toHaveLength(1)
  expect(faults({ image: `${'a.'.repeat(250)}/` })).toHaveLength(1)
})

test('whatever stands in a manifest, it is judged and not stumbled over', () => {
  const known = fc.constantFrom(
    ...Object.keys(Manifest.shape),
    'k',
    'template',
    'default',
    'from',
    '__proto__',
    'constructor',
  )
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>(null, undefined, true, 1, NaN, '', '{{', 'x', 'number', []),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(known, tie('any'), { maxKeys: 6, noNullPrototype: true }),
    ),
  })).any
  const over = fc.dictionary(fc.constantFrom(...Object.keys(Manifest.shape)), value, {
    noNullPrototype: true,
  })
  fc.assert(
    fc.property(over, value, (more, alone) => {
      for (const each of [{ ...right, ...more }, alone, more]) {
        const checked = checkManifest(each)
        if ('faults' in checked) expect(errorsOfManifest(checked.faults, each).length).toBeGreaterThan(0)
        else expect(Manifest.safeParse(each).success).toBe(true)
      }
    }),
    { numRuns: 500 },
  )
})
