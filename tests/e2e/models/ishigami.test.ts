import { beforeAll, expect, test } from 'vitest'
import { engine } from '../../support/engine.ts'
import { buildIshigami, ishigami, ishigamiManifest } from '../../support/ishigami.ts'
import { runModel, type Params } from '../../support/model-container.ts'

beforeAll(buildIshigami)

const run = (params: Params) => runModel(engine(), ishigamiManifest, params, {})

test('the model is the function, to the last digits but one, and its path ends there', async () => {
  const params = { x1: Math.PI, x2: -1.25, x3: 2.999 }
  const { code, outputs } = await run(params)
  expect(code).toBe(0)
  const { y } = JSON.parse(outputs['metrics.json'] ?? '')
  expect(y).toBeCloseTo(ishigami(params), 13)
  const [header, ...steps] = (outputs['path.csv'] ?? '').trimEnd().split('\n')
  expect(header).toBe('step,y')
  expect(steps).toHaveLength(20)
  expect(steps.at(-1)).toMatch(/^20,/)
  expect(Number(steps.at(-1)?.split(',')[1])).toBe(y)
  const half = Number(steps[9]?.split(',')[1])
  expect(half).toBeCloseTo(ishigami({ x1: params.x1 / 2, x2: params.x2 / 2, x3: params.x3 / 2 }), 13)
})

test('what is missing or no number is told, all of it, with exit code 2', async () => {
  const { code, stderr, outputs } = await run({ x1: 'north', x3: 'inf' })
  expect(code).toBe(2)
  expect(stderr.split('\n')).toEqual([
    'CARYA_PARAM_X1 is "north"; expected a number (rad)',
    'CARYA_PARAM_X2 is not set',
    'CARYA_PARAM_X3 is "inf"; expected a number (rad)',
    '',
  ])
  expect(outputs).toEqual({})
})
