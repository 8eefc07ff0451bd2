import { expect, test } from 'vitest'
import { keepSettings } from './kept-settings.ts'

const kept = { CARYA_WORKER_CPUS: '4', CARYA_LOG_LEVEL: 'debug' }

test('what the environment does not name stays, and nothing is said', () => {
  expect(keepSettings(kept, { CARYA_TOKEN: 'x' })).toEqual({ settings: kept, changes: [] })
  expect(keepSettings(kept, kept)).toEqual({ settings: kept, changes: [] })
})

test('what it names is changed, with both values; an empty one is the default again', () => {
  const env = { CARYA_WORKER_CPUS: '2', CARYA_LOG_LEVEL: '', CARYA_MAX_LOG: '1MiB', CARYA_RETENTION: '' }
  expect(keepSettings(kept, env)).toEqual({
    settings: { CARYA_WORKER_CPUS: '2', CARYA_MAX_LOG: '1MiB' },
    changes: [
      'CARYA_LOG_LEVEL is its default from now on (before: debug)',
      'CARYA_MAX_LOG is 1MiB from now on (before: its default)',
      'CARYA_WORKER_CPUS is 2 from now on (before: 4)',
    ],
  })
})
