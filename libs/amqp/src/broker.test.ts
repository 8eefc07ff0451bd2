import { expect, test } from 'vitest'
import { openBroker, type Log } from './index.ts'

const ignore = () => {}
const log: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore }

test.each(['', 'secret', 'http://user:secret@host'])('a broker is not looked for at %j', (url) => {
  expect(() => openBroker({ url, name: 'test', log })).toThrow(/begins with amqp:\/\/ or amqps:\/\/$/)
})
