import { expect, test } from 'vitest'
import { resultColumns } from './columns.ts'

const varied = (name: string) => ({ name, type: 'number' as const })

test('names stay as they are where they are free', () => {
  const { varied: parameters, metrics } = resultColumns([varied('k'), varied('input.d')], ['gpp'])
  expect(parameters.map(({ column }) => column)).toEqual(['k', 'input.d'])
  expect(metrics).toEqual([{ name: 'gpp', column: 'gpp' }])
})

test('names that are taken, in whatever case, are told apart', () => {
  const { varied: parameters, metrics } = resultColumns(
    [varied('State'), varied('k')],
    ['K', 'k', 'worker', 'Worker', ''],
  )
  expect(parameters.map(({ column }) => column)).toEqual(['param.State', 'k'])
  expect(metrics.map(({ column }) => column)).toEqual([
    'metric.K',
    'metric.k.2',
    'metric.worker',
    'metric.Worker.2',
    'metric.',
  ])
})
