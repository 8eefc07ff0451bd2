/** What DALEC's tests share: the built image, a way to run it, and its output as numbers. */
import { z } from 'zod'
import { seattleDrivers, seattleWeather } from '../../../models/dalec/drivers/seattle.ts'
import { buildImage, engine } from '../../support/engine.ts'
import { folderOf, manifestOf } from '../../support/example-models.ts'
import { defaultsOf, runModel } from '../../support/model-container.ts'
import type { ModelRun, Params } from '../../support/model-container.ts'

export const manifest = await manifestOf('dalec')
export const defaults = defaultsOf(manifest)
export const seattle = seattleDrivers(seattleWeather())

const docker = engine()

export async function buildDalec(): Promise<void> {
  await buildImage(docker, folderOf('dalec'), ['src', 'LICENSE'], manifest.image)
}

/** A run with these parameters in place of the defaults; undefined leaves one out. */
export async function dalec(
  params: Record<string, Params[string] | undefined>,
  drivers = seattle,
): Promise<ModelRun> {
  const given = Object.entries({ ...defaults, ...params }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  )
  return await runModel(docker, manifest, Object.fromEntries(given), { drivers })
}

export interface Day {
  date: string
  gpp: number
  npp: number
  ra: number
  rh: number
  nee: number
  lai: number
  pools: Record<Pool, number>
}

export const pools = ['foliage', 'wood', 'root', 'litter', 'som'] as const
export type Pool = (typeof pools)[number]

/** The days of a run that succeeded; throws where it did not. */
export function daysOf(run: ModelRun): Day[] {
  const text = run.outputs['daily.csv']
  if (run.code !== 0 || text === undefined) throw new Error(`exit code ${run.code}: ${run.stderr}`)
  const [header = '', ...lines] = text.trimEnd().split('\n')
  const names = header.split(',')
  return lines.map((line) => {
    const cells = line.split(',')
    const number = (name: string) => Number(cells[names.indexOf(name)])
    return {
      date: cells[names.indexOf('date')] ?? '',
      gpp: number('gpp'),
      npp: number('npp'),
      ra: number('ra'),
      rh: number('rh'),
      nee: number('nee'),
      lai: number('lai'),
      pools: {
        foliage: number('c_foliage'),
        wood: number('c_wood'),
        root: number('c_root'),
        litter: number('c_litter'),
        som: number('c_som'),
      },
    }
  })
}

export function metricsOf(run: ModelRun): Record<string, number> {
  return z.record(z.string(), z.number()).parse(JSON.parse(run.outputs['metrics.json'] ?? '{}'))
}
