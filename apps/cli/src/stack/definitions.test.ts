import { expect, test } from 'vitest'
import { brokerDefinitions, passwordHash, redisUsers } from './definitions.ts'
import { submitterGrants, workerGrants } from './permissions.ts'

const SALT = Buffer.from('908dc60a', 'hex')

test('a password is hashed as RabbitMQ’s documentation does it', () => {
  expect(passwordHash('test12', SALT)).toBe('kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR')
})

test('definitions give each user his permissions and hold no password', () => {
  const users = [
    { name: 'ada', password: 'a-secret-of-ada', grants: submitterGrants('ada') },
    { name: 'worker-w1', password: 'a-secret-of-w1', grants: workerGrants('w1', 'default') },
  ]
  const definitions = brokerDefinitions(users, () => SALT)
  expect(JSON.stringify(definitions)).not.toContain('a-secret')
  expect(definitions).toMatchObject({
    vhosts: [{ name: '/', default_queue_type: 'quorum' }],
    users: [
      { name: 'ada', tags: [] },
      { name: 'worker-w1', tags: [] },
    ],
    permissions: [
      { user: 'ada', vhost: '/', configure: expect.stringContaining('reply') },
      { user: 'worker-w1', vhost: '/', configure: String.raw`^(carya\.control\.w1)$` },
    ],
    topic_permissions: [{ user: 'worker-w1', vhost: '/', exchange: 'carya.control', read: '^(w1)$' }],
    // 4.3 refuses a topic permission on an exchange that is not there
    exchanges: [{ name: 'carya.control', vhost: '/', type: 'topic', durable: true }],
  })
})

test('a user that was removed can neither log in nor do anything', () => {
  expect(brokerDefinitions([], () => SALT, ['worker-w2'])).toMatchObject({
    users: [{ name: 'worker-w2', password_hash: '' }],
    permissions: [{ user: 'worker-w2', configure: '^$', write: '^$', read: '^$' }],
    topic_permissions: [],
  })
})

test('Redis knows the dispatcher by a hash, and a health check that may only ping', () => {
  const [dispatcher, health] = redisUsers('a-secret').split('\n')
  expect(dispatcher).toMatch(/^user default on #[0-9a-f]{64} /)
  expect(dispatcher).not.toContain('a-secret')
  expect(health).toBe('user health on nopass resetkeys resetchannels -@all +ping')
})
