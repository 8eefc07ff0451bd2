/**
 * An engine that can be stopped and restarted at will, which a shared one cannot: it speaks what the worker listens
 * to (events, inspect, info) on a socket of its own, and forgets its events when it is restarted, as real ones do.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** As engines from 29 on write it; older ones add fields of an older name. */
type Event = { Action: string; timeNano: number; Actor: { ID: string; Attributes: Record<string, string> } }
type State = { status: string; exitCode: number; labels: Record<string, string> }

export async function fakeEngine(liveRestore: boolean) {
  const folder = await mkdtemp(join(tmpdir(), 'carya-engine-'))
  const socketPath = join(folder, 'engine.sock')
  const containers = new Map<string, State>()
  const listeners = new Set<ServerResponse>()
  /** how questions about a container, or for the stream of `events`, are answered for now */
  const oddly = new Map<string, (response: ServerResponse, answer: () => void) => void>()
  let events: Event[] = []
  let server: Server | undefined

  const begin = () => {
    server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://engine')
      const [, kind = '', id = ''] = pathname.split('/')
      const about = kind === 'containers' ? id : searchParams.has('until') ? 'replay' : kind
      const odd = oddly.get(about)
      const answer = () => answerTo(kind, id, searchParams, response)
      if (odd) odd(response, answer)
      else answer()
    }).listen(socketPath)
  }
  const answerTo = (kind: string, id: string, searchParams: URLSearchParams, response: ServerResponse) => {
    if (kind === 'info')
      return json(response, {
        NCPU: 2,
        MemTotal: 1,
        ServerVersion: 'fake',
        LiveRestoreEnabled: liveRestore,
      })
    if (kind === 'containers') return inspect(response, id, containers.get(id))
    const [since, until] = [Number(searchParams.get('since')), Number(searchParams.get('until'))]
    response.flushHeaders()
    if (until > 0) {
      const known = events.filter(({ timeNano }) => timeNano / 1e9 >= since && timeNano / 1e9 <= until)
      return void response.end(known.map((event) => `${JSON.stringify(event)}\n`).join(''))
    }
    listeners.add(response)
    response.on('close', () => listeners.delete(response))
  }
  begin()

  return {
    socketPath,
    listeners,
    set: (id: string, state: Partial<State>) => {
      const before = containers.get(id) ?? { status: 'running', exitCode: 0, labels: {} }
      containers.set(id, { ...before, ...state })
    },
    forget: (id: string) => void containers.delete(id),
    tell(action: string, id: string, attributes: Record<string, string> = {}, secondsAgo = 0) {
      const timeNano = (Date.now() - secondsAgo * 1000) * 1e6
      const event = { Action: action, timeNano, Actor: { ID: id, Attributes: attributes } }
      events.push(event)
      for (const listener of listeners) listener.write(`${JSON.stringify(event)}\n`)
    },
    /** Holds back what is asked about a container, or the stream of `events`, until the function returned is called. */
    hold(about: string): () => void {
      const held: (() => void)[] = []
      oddly.set(about, (_response, answer) => void held.push(answer))
      return () => {
        oddly.delete(about)
        for (const answer of held) answer()
      }
    },
    /** The next question about a container is answered with an error. */
    fail(about: string) {
      oddly.set(about, (response) => {
        oddly.delete(about)
        response.statusCode = 500
        json(response, { message: 'something is wrong inside' })
      })
    },
    /** The engine is killed while it answers the next question about a container; another is there at once. */
    breakOff(about: string) {
      oddly.set(about, (response) => {
        oddly.delete(about)
        response.writeHead(200, { 'content-length': 1000 })
        response.write('{', () => server?.closeAllConnections())
      })
    },
    /** The stream of events breaks, and nothing else. */
    cut: () => listeners.forEach((listener) => listener.destroy()),
    /** The engine is gone; `meanwhile` is what happens until it is there again. */
    async restart(meanwhile: () => void) {
      await new Promise((closed) => {
        server?.close(closed)
        server?.closeAllConnections()
      })
      listeners.clear()
      events = []
      meanwhile()
      begin()
    },
    async [Symbol.asyncDispose]() {
      server?.closeAllConnections()
      server?.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function json(response: ServerResponse, body: object): void {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(body))
}

function inspect(response: ServerResponse, id: string, state: State | undefined): void {
  if (!state) {
    response.statusCode = 404
    return json(response, { message: `No such container: ${id}` })
  }
  const { status, exitCode, labels } = state
  const State = {
    Status: status,
    ExitCode: exitCode,
    OOMKilled: false,
    Error: '',
    StartedAt: new Date().toISOString(),
    FinishedAt: new Date().toISOString(),
  }
  json(response, { Id: id, State, HostConfig: {}, Config: { Labels: labels } })
}
