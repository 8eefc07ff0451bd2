/**
 * The Ishigami function, and what its parameters do to it: Ishigami and Homma 1990, ISUMA 398–403; indices as in
 * Saltelli et al. 2008, Global Sensitivity Analysis: The Primer. Its model is in models/ishigami.
 */
import { Manifest } from '@carya/contracts'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { buildImage, engine } from './engine.ts'

const folder = fileURLToPath(new URL('../../models/ishigami', import.meta.url))

export const ishigamiManifest = Manifest.parse(parse(readFileSync(`${folder}/model.yaml`, 'utf8')))

export const buildIshigami = () => buildImage(engine(), folder, ['src', 'LICENSE'], ishigamiManifest.image)

const A = 7
const B = 0.1

export function ishigami(params: Record<string, unknown>): number {
  const [x1, x2, x3] = [Number(params['x1']), Number(params['x2']), Number(params['x3'])]
  return Math.sin(x1) + A * Math.sin(x2) ** 2 + B * x3 ** 4 * Math.sin(x1)
}

/** Sobol' indices by parameter, from the closed form of the parts of the variance. */
export const ishigamiIndices: Readonly<Record<string, { first: number; total: number }>> = (() => {
  const alone1 = (1 + (B * Math.PI ** 4) / 5) ** 2 / 2
  const alone2 = A ** 2 / 8
  const both13 = B ** 2 * Math.PI ** 8 * (1 / 18 - 1 / 50)
  const all = alone1 + alone2 + both13
  return {
    x1: { first: alone1 / all, total: (alone1 + both13) / all },
    x2: { first: alone2 / all, total: alone2 / all },
    x3: { first: 0, total: both13 / all },
  }
})()

/** An ensemble that gives its indices: `samples` base rows, a power of two, which are 5 × `samples` members. */
export function ishigamiEnsemble(samples: number, seed = 1) {
  const uniform = [-Math.PI, Math.PI]
  const vary = { x1: { uniform }, x2: { uniform }, x3: { uniform } }
  return { kind: 'ensemble', model: 'ishigami', design: { kind: 'saltelli', samples, seed, vary } }
}
