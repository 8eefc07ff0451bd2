import type { Model } from '@carya/contracts'
import { describe, expect, test } from 'vitest'
import { accept } from './accept.ts'
import { acceptEnsemble } from './accept-ensemble.ts'
import { jobOf, recordOf } from './job.ts'
import { compileTemplates, MOST_RENDERED, templatesOf } from './render.ts'
import { askedFor } from './sample-ensemble.fixture.ts'
import { model as bare, START } from './sample.fixture.ts'

const model: Model = {
  ...bare,
  manifest: {
    ...bare.manifest,
    command: ['/model', '--years={{ params.years }}', '{{ inputs.drivers }}', 'plain'],
    files: {
      'in.nml': {
        template:
          "&run lai={{ params.lai | fortran }}, soil='{{ inputs.soil }}', met='{{ inputs.drivers }}' /\n",
      },
      '/opt/model/cpus': { template: '{{ cpus }} {{ memory | mebibytes }}\n' },
    },
  },
}
const asked = { id: 'r01k00000000000000000000000', submitter: 'ann', at: START }
const request = {
  kind: 'run' as const,
  model: 'dalec',
  params: { years: 4 },
  inputs: { drivers: 'file:///d' },
}
const run = (of: Model = model, params: object = {}) => {
  const made = accept({ ...request, params: { years: 4, ...params } }, of, asked)
  if ('errors' in made) throw new Error(JSON.stringify(made.errors))
  return made
}

describe('an accepted run', () => {
  test('has its command and files rendered; what was not given is written as nothing', () => {
    expect(run()).toMatchObject({
      command: ['/model', '--years=4', '/carya/inputs/drivers', 'plain'],
      files: [
        { path: 'in.nml', content: "&run lai=2.0d0, soil='', met='/carya/inputs/drivers' /\n" },
        { path: '/opt/model/cpus', content: '2 64\n' },
      ],
    })
  })

  test('finds its inputs where the manifest puts them', () => {
    const placed = (path: string) =>
      run({ ...model, manifest: { ...model.manifest, inputs: { drivers: { required: true, path } } } })
    expect(placed('met.csv').command?.[2]).toBe('/carya/outputs/met.csv')
    expect(placed('/data/met.csv').command?.[2]).toBe('/data/met.csv')
  })

  test('takes what was rendered along in its job, from which it is made again', () => {
    const queued = {
      ...run(),
      attempts: [{ attempt: 1, nonce: 'a'.repeat(16), queuedAt: START }],
      state: 'queued' as const,
    }
    const job = jobOf(queued)
    expect(job.needs).toContain('files')
    const { command, files } = recordOf(job, { worker: 'w', at: START })
    expect({ command, files }).toEqual({ command: queued.command, files: queued.files })
  })

  test('that would have too much rendered is refused', () => {
    const template = '{{ params.scheme }}'.repeat(3000)
    const { scheme: _, ...parameters } = model.manifest.parameters
    const large: Model = {
      ...model,
      manifest: {
        ...model.manifest,
        parameters: { ...parameters, scheme: { type: 'string', default: 'x' } },
        files: { a: { template }, b: { template: '{{ params.scheme }}' } },
      },
    }
    const scheme = 'ü'.repeat(Math.floor(MOST_RENDERED / 3000 / 2))
    expect(run(large, { scheme }).files[0]?.content.length).toBe(3000 * scheme.length)
    const more = accept({ ...request, params: { years: 4, scheme: `${scheme}xü` } }, large, asked)
    expect(more).toEqual({ errors: [expect.objectContaining({ detail: expect.stringMatching(/256 KiB/) })] })
    const most = accept({ ...request, params: { years: 4, scheme: 'x'.repeat(4000) } }, large, asked)
    expect(most).toHaveProperty('errors')
  })
})

test('a model without templates has nothing rendered', () => {
  expect(templatesOf(bare.manifest)).toBeUndefined()
  expect(templatesOf({ command: ['/model', '{'] })).toBeUndefined()
  expect(templatesOf({ files: { a: { template: 'x' } } })).toEqual({ files: [{ path: 'a', template: 'x' }] })
})

test('a model of an older version, with braces in its command that are no template, is told to be registered again', () => {
  const manifest = { ...bare.manifest, command: ['sh', '-c', 'docker inspect -f {{.Name}}'] }
  const errors = [{ path: 'model', detail: expect.stringContaining('Register it again') }]
  expect(accept(request, { ...bare, manifest }, asked)).toMatchObject({ errors })
  expect(acceptEnsemble(askedFor(), { ...bare, manifest }, asked)).toMatchObject({ errors })
})

test('an ensemble keeps its templates, and needs no value of what varies', () => {
  const made = acceptEnsemble(askedFor(), model, asked)
  if ('errors' in made) throw new Error(JSON.stringify(made.errors))
  const { spec, record } = made
  expect(spec.templates).toEqual(templatesOf(model.manifest))
  const plain = acceptEnsemble(askedFor(), bare, asked)
  if ('errors' in plain) throw new Error(JSON.stringify(plain.errors))
  expect(record.memberBytes - plain.record.memberBytes).toBeGreaterThan(150)
  const render = compileTemplates(spec.templates!)
  const resources = { cpus: 1, memory: 2 ** 30 }
  expect(render({ params: { lai: 3.5, years: 4 }, inputs: {}, resources })).toMatchObject({
    files: [{ content: "&run lai=3.5d0, soil='', met='' /\n" }, { content: '1 1024\n' }],
  })
})
