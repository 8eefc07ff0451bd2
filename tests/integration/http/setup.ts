/** An HTTP server of the dispatcher on a free port, over the stand-in port and a store in a folder of its own. */
import { openStore, type Store } from '@carya/store'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { openHttp, type HttpConfig } from '../../../services/dispatcher/src/http/server.ts'
import { fakeApi, type FakeApi } from './fake-api.ts'

export const TOKEN = 'token-of-ann'

export type Served = AsyncDisposable & {
  api: FakeApi
  store: Store
  url: string
  /** Lines that were logged. */
  logged: string[]
  /** Asks with ann's token. */
  ask(path: string, init?: RequestInit): Promise<Response>
  /** Sends these bytes over a socket and gives all that comes back until the server closes. */
  raw(text: string): Promise<string>
  stop(): Promise<void>
}

export async function serve(config: Partial<HttpConfig> = {}): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'carya-http-'))
  const store = await openStore(folder)
  const api = fakeApi()
  const logged: string[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) })
  const tokens = [
    { name: 'ann', token: TOKEN },
    { name: 'bob', token: 'token-of-bob' },
  ]
  const http = await openHttp({
    api,
    store,
    log,
    config: {
      host: '127.0.0.1',
      port: 0,
      allowedHosts: ['carya.example', 'exact.example:81'],
      tokens,
      ...config,
    },
  })
  const { port } = new URL(http.address)
  return {
    api,
    store,
    url: http.address,
    logged,
    ask: (path, init = {}) => {
      const headers = new Headers(init.headers)
      if (!headers.has('authorization')) headers.set('authorization', `Bearer ${TOKEN}`)
      return fetch(http.address + path, { ...init, headers })
    },
    raw: (text) =>
      new Promise((resolve, reject) => {
        let answer = ''
        const socket = connect(Number(port), '127.0.0.1', () => socket.write(text))
        socket.setEncoding('utf8').on('data', (chunk) => (answer += String(chunk)))
        socket.on('end', () => resolve(answer)).on('error', reject)
      }),
    stop: async () => http[Symbol.asyncDispose](),
    async [Symbol.asyncDispose]() {
      await http[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

/** A request in plain text, closing the connection after it. */
export function request(path: string, headers: Record<string, string> = {}, method = 'GET'): string {
  const all = { host: 'localhost', authorization: `Bearer ${TOKEN}`, connection: 'close', ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return [`${method} ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n')
}
