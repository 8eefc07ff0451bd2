/** A web server of a test's own, on loopback, that counts what it is asked and what it sends. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export type FileServer = Disposable & {
  at(path: string): string
  /** requests, as `GET /path`, in order */
  asked: string[]
  sent(): number
}

export async function serveFiles(
  answer: (request: IncomingMessage, response: ServerResponse, count: (bytes: number) => void) => void,
): Promise<FileServer> {
  const asked: string[] = []
  let sent = 0
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    answer(request, response, (bytes) => (sent += bytes))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server does not listen')
  return {
    at: (path) => `http://127.0.0.1:${address.port}/${path}`,
    asked,
    sent: () => sent,
    [Symbol.dispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Sends bytes with their length, and counts them. */
export function sendBytes(response: ServerResponse, body: Uint8Array, count: (bytes: number) => void): void {
  response.setHeader('content-length', body.byteLength)
  response.on('finish', () => count(body.byteLength))
  response.end(body)
}
