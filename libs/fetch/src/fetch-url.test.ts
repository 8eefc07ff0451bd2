import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openUrl } from './fetch-url.ts'

test('a server whose answer goes on and on before it begins is given up', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const heard = Promise.withResolvers<void>()
  const server = createServer((socket) => {
    socket
      .on('error', () => {})
      .once('data', () => {
        socket.write('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nx: a')
        heard.resolve()
      })
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const signal = new AbortController().signal
  const answer = openUrl(`http://127.0.0.1:${port}/`, { allowPrivate: true, signal })
  const given = expect(answer).rejects.toThrow('no answer came within 120 s')
  await heard.promise
  await vi.advanceTimersByTimeAsync(120_000)
  await given
})
