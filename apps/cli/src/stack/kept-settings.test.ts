import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './home.ts'
import { HANDED_ON, keepSettings } from './kept-settings.ts'

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

/** What the documents name besides, and why `up` hands it on to no service. */
const NOT_HANDED_ON: Record<string, RegExp> = {
  'kept in another way': /^CARYA_(STORE|POLICY|IMAGE_\w+)$/,
  'read by each command': /^CARYA_(HOME|REGISTRY|DOCKER_SOCKET|API|TOKEN|AMQP_URL)$/,
  'made by up, or by worker add': /^CARYA_(AMQP_PORT|INSTALLATION|USER)$/,
  'of another host, for docker/worker.yml': /^CARYA_(DOCKER_GID|NETWORK)$/,
  'needs a mount too, as is said there': /^CARYA_(FILE_ROOTS|CACHE)$/,
  'what a model is given': /^CARYA_PARAM(_\w+)?$/,
}

test('every setting that the documents name can be given to up, or is known not to be one of its services', () => {
  const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
  const texts = ['README.md', ...pages.map((name) => join('docs', name))].map((path) =>
    readFileSync(join(root, path), 'utf8'),
  )
  const names = new Set(texts.join('\n').match(/CARYA_[A-Z_]*[A-Z]/g))
  expect(names).toContain('CARYA_UNWELL_PAUSE')
  const handedOn = new Set<string>(HANDED_ON)
  const known = Object.values(NOT_HANDED_ON)
  expect([...names].filter((name) => !handedOn.has(name) && !known.some((each) => each.test(name)))).toEqual(
    [],
  )
})
