import { expect, test } from 'vitest'
import { mayPass, pauseAfter, wordsOf } from './pull-failure.ts'

test.each([
  ['Get "https://reg.lab/v2/": dial tcp 10.0.0.1:443: connect: connection refused', 500],
  ['Get "https://reg.lab/v2/": dial tcp: lookup reg.lab: no such host', 500],
  ['Get "https://reg.lab/v2/": net/http: TLS handshake timeout', 500],
  ['Get "https://reg.lab/v2/": context deadline exceeded', 500],
  ['received unexpected HTTP status: 503 Service Unavailable', 500],
  ['toomanyrequests: You have reached your pull rate limit', 429],
  ['error parsing HTTP 429 response body: unexpected status code: 429', 404],
  ['unexpected EOF', undefined],
  ['read tcp 127.0.0.1:40000->127.0.0.1:5000: read: connection reset by peer', undefined],
  ['something of which nobody has heard', undefined],
])('"%s" (%s) may pass', (words, status) => {
  expect(mayPass(words, status)).toBe(true)
})

test.each([
  ['manifest for reg.lab/pond:9 not found: manifest unknown: manifest unknown', 404],
  ["pull access denied for pond, repository does not exist or may require 'docker login'", 404],
  ['Head "https://reg.lab/v2/pond/manifests/1": no basic auth credentials', 500],
  ['Get "https://reg.lab/v2/": unauthorized: authentication required', 500],
  ['Get "https://reg.lab/v2/": http: server gave HTTP response to HTTPS client', 500],
  ['no matching manifest for linux/amd64 in the manifest list entries', undefined],
  ['invalid reference format', 400],
  ['failed to register layer: write /x: no space left on device', undefined],
  ['something of which nobody has heard', 409],
])('"%s" (%s) stays so', (words, status) => {
  expect(mayPass(words, status)).toBe(false)
})

test('pauses double, and half of each is chance', () => {
  expect([1, 2, 3].map((tries) => pauseAfter(tries, 0))).toEqual([0.5, 1, 2])
  expect([1, 2, 3].map((tries) => pauseAfter(tries, 0.5))).toEqual([0.75, 1.5, 3])
})

test('words of a registry are cut, and are one line without control characters', () => {
  expect(wordsOf('denied:\u001b[31m\r\n red\u2028\u202e ')).toBe('denied: [31m red')
  expect(wordsOf(`x${'😀'.repeat(400)}`)).toHaveLength(500)
  expect(wordsOf('😀'.repeat(400)).isWellFormed()).toBe(true)
})
