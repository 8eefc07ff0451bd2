import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { serve, type Served } from './setup.ts'

const found = { image: { name: 'pond:1', digest: `sha256:${'a'.repeat(64)}`, by: 'repo' as const } }
const lookUp = (http: Served, init: RequestInit = {}) =>
  http.ask('/v1/images', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ image: 'pond:1' }),
    ...init,
  })

test('who waits for an image to be pulled keeps his connection, however long nothing is said', async () => {
  await using http = await serve({ idleMs: 300 })
  http.api.findImage = async () => {
    await sleep(1500)
    return { found }
  }
  const answer = await lookUp(http)
  expect([answer.status, await answer.json()]).toEqual([200, found])
})

test('who leaves meanwhile is no fault of the service', async () => {
  await using http = await serve()
  const leaving = new AbortController()
  const over = Promise.withResolvers<void>()
  http.api.findImage = async (_, signal) => {
    leaving.abort()
    if (!signal.aborted) await once(signal, 'abort')
    try {
      // as waiting for an answer ends
      await once(new EventTarget(), 'answer', { signal })
    } finally {
      over.resolve()
    }
    return { found }
  }
  await expect(lookUp(http, { signal: leaving.signal })).rejects.toThrow('abort')
  await over.promise
  await http.stop()
  expect(http.logged).toEqual([])
})
