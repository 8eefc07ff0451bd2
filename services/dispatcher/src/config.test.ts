import { expect, test } from 'vitest'
import { readConfig } from './config.ts'

test('every setting that is wrong or cannot be read is named at once', () => {
  const read = () =>
    readConfig({
      CARYA_AMQP_URL: 'amqp://somebody@127.0.0.1',
      CARYA_REDIS_URL_FILE: '/no/such/secret',
      CARYA_STORE: 'relative',
      CARYA_HTTP_PORT: '70000',
    })
  for (const name of [
    'CARYA_AMQP_URL',
    'CARYA_REDIS_URL_FILE',
    'CARYA_STORE',
    'CARYA_HTTP_PORT',
    'CARYA_INSTALLATION',
  ])
    expect(read).toThrow(name)
  expect(read).toThrow('the user must be dispatcher')
})
