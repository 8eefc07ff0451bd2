/** A server before a registry, which counts what is asked of it, and can hold back its answers or give others. */
import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'

export type Front = AsyncDisposable & {
  /** the registry's address, by way of this server */
  address: string
  /** `METHOD /path` of everything that was asked */
  asked: string[]
  /** So many times the next request that fits is answered with this status. */
  answer(times: number, status: number): void
  /** Holds back the second half of the layers that are fetched, until the function returned is called. */
  hold(): () => void
}

/** Listens on loopback when this resolves. */
export async function openFront(registry: string): Promise<Front> {
  const asked: string[] = []
  let odd = { times: 0, status: 0 }
  let held: Promise<void> | undefined

  const forward = (from: IncomingMessage, to: ServerResponse) => {
    const [host, port] = registry.split(':')
    const { method, url: path, headers } = from
    const onward = request({ host, port, method, path, headers }, (answer) => {
      void give(answer, to, held !== undefined && method === 'GET' && path?.includes('/blobs/') === true)
    })
    onward.on('error', () => to.destroy())
    from.pipe(onward)
  }
  const give = async (answer: IncomingMessage, to: ServerResponse, isHeld: boolean) => {
    to.writeHead(answer.statusCode ?? 502, answer.headers)
    if (!isHeld) {
      answer.pipe(to)
      return
    }
    const pieces: Buffer[] = []
    for await (const piece of answer) pieces.push(piece)
    const whole = Buffer.concat(pieces)
    const half = Math.ceil(whole.length / 2)
    to.write(whole.subarray(0, half))
    await held
    to.end(whole.subarray(half))
  }
  const server = createServer((from, to) => {
    asked.push(`${from.method} ${from.url}`)
    if (odd.times > 0 && from.url !== '/v2/') {
      odd = { ...odd, times: odd.times - 1 }
      to.writeHead(odd.status).end()
    } else forward(from, to)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server does not listen')
  return {
    address: `127.0.0.1:${address.port}`,
    asked,
    answer: (times, status) => void (odd = { times, status }),
    hold() {
      const release = Promise.withResolvers<void>()
      held = release.promise
      return () => {
        held = undefined
        release.resolve()
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
