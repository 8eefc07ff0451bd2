/** What of a manifest goes to the worker with each run, and what a worker must know to run it. */
import type { Feature, Manifest, Setup } from '@carya/contracts'
import type { RunRecord } from './record.ts'

/** Undefined where the manifest asks nothing beyond what all models get: most jobs carry no setup. */
export function pinSetup(manifest: Manifest): Setup | undefined {
  const inputs = Object.entries(manifest.inputs).flatMap(([name, { path, unpack }]) =>
    path === undefined && !unpack
      ? []
      : [[name, { ...(path === undefined ? {} : { path }), ...(unpack ? { unpack } : {}) }] as const],
  )
  const metrics = Object.entries(manifest.metrics).flatMap(([name, { from }]) =>
    from ? [[name, from] as const] : [],
  )
  const read = new Set(metrics.map(([, { output }]) => output))
  const outputs = Object.entries(manifest.outputs).flatMap(([name, { required, series }]) => {
    const taken = read.has(name) && series ? { series } : {}
    return required || read.has(name)
      ? [[name, { ...(required ? { required } : {}), ...taken }] as const]
      : []
  })
  const { workdir, isolation } = manifest
  const setup: Setup = {
    ...(workdir === undefined ? {} : { workdir }),
    ...(inputs.length === 0 ? {} : { inputs: Object.fromEntries(inputs) }),
    ...(outputs.length === 0 ? {} : { outputs: Object.fromEntries(outputs) }),
    ...(metrics.length === 0 ? {} : { metrics: Object.fromEntries(metrics) }),
    ...(isolation && Object.keys(isolation).length > 0 ? { isolation } : {}),
  }
  return Object.keys(setup).length === 0 ? undefined : setup
}

/** The features that the run's job asks of its worker (H22). */
export function needsOf({
  files,
  setup,
  resources,
}: Pick<RunRecord, 'files' | 'setup' | 'resources'>): Feature[] {
  const isUnpacking = Object.values(setup?.inputs ?? {}).some(({ unpack }) => unpack === true)
  return [
    ...(files.length > 0 ? (['files'] as const) : []),
    ...(setup ? (['setup'] as const) : []),
    ...(isUnpacking ? (['unpack'] as const) : []),
    ...(setup?.isolation ? (['isolation'] as const) : []),
    ...(resources.disk === undefined ? [] : (['disk'] as const)),
  ]
}
