/**
 * A proxy between a client and its server that can do to connections what networks do: cut them, hold back what
 * is on its way, lose it, and let nobody through. The server is reached by TCP, or is a Unix socket (`unix:/path`).
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Direction = 'toServer' | 'toClient'
/** Sees every piece of bytes before it goes on, `to` being where it would go; what it answers goes on instead. */
export type Tap = (chunk: Buffer, direction: Direction, to: Socket) => Buffer

export class Proxy implements AsyncDisposable {
  readonly #server = createServer({ allowHalfOpen: false }, (client) => this.#join(client))
  readonly #target: URL
  readonly #pairs = new Set<{ client: Socket; server: Socket }>()
  readonly #lost = new Set<Direction>()
  readonly #tap: Tap
  #stalled = false
  #refusing = false

  private constructor(target: URL, tap: Tap) {
    this.#target = target
    this.#tap = tap
  }

  /** Listens on a free port of loopback, or on a socket of its own, for whoever would talk to `target`. */
  static async to(target: string, tap: Tap = (chunk) => chunk): Promise<Proxy> {
    const proxy = new Proxy(new URL(target), tap)
    if (proxy.#isUnix) proxy.#server.listen(join(tmpdir(), `carya-proxy-${randomBytes(6).toString('hex')}`))
    else proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  /** The target's URL, with the proxy's address in place of the server's. */
  get url(): string {
    const url = new URL(this.#target)
    const address = this.#server.address()
    if (typeof address === 'string') return `unix:${address}`
    if (address === null) throw new Error('the proxy does not listen')
    url.hostname = '127.0.0.1'
    url.port = String(address.port)
    return url.href
  }

  /** The path of the socket it listens on, where the server has one. */
  get path(): string {
    return new URL(this.url).pathname
  }

  get connections(): number {
    return this.#pairs.size
  }

  /** Resets all connections, as a dying host does; new ones are let through. */
  cut(): void {
    for (const { client, server } of this.#pairs) {
      this.#reset(client)
      this.#reset(server)
    }
  }

  /** Holds back all bytes, unread, until `flow`: to both ends the other seems frozen. */
  stall(): void {
    this.#stalled = true
    for (const { client, server } of this.#pairs) {
      client.pause()
      server.pause()
    }
  }

  flow(): void {
    this.#stalled = false
    for (const { client, server } of this.#pairs) {
      client.resume()
      server.resume()
    }
  }

  /** From now on loses what is sent in this direction, until `deliver`; `cut` then makes it a lost connection. */
  lose(direction: Direction): void {
    this.#lost.add(direction)
  }

  deliver(): void {
    this.#lost.clear()
  }

  /** Resets new connections at once, as a server that is away. */
  refuse(): void {
    this.#refusing = true
  }

  accept(): void {
    this.#refusing = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    this.cut()
    await once(this.#server, 'close')
  }

  get #isUnix(): boolean {
    return this.#target.protocol === 'unix:'
  }

  /** A socket of the file system knows no reset. */
  #reset(socket: Socket): void {
    if (this.#isUnix) socket.destroy()
    else socket.resetAndDestroy()
  }

  #join(client: Socket): void {
    if (this.#refusing) {
      this.#reset(client)
      return
    }
    const { hostname: host, pathname: path, port } = this.#target
    const server = connect(this.#isUnix ? { path } : { host, port: Number(port), noDelay: true })
    client.setNoDelay(true)
    const pair = { client, server }
    this.#pairs.add(pair)
    this.#forward(client, server, 'toServer')
    this.#forward(server, client, 'toClient')
    for (const end of [client, server]) {
      end.on('error', () => {}) // 'close' follows
      end.on('close', () => {
        this.#pairs.delete(pair)
        client.destroy()
        server.destroy()
      })
    }
  }

  #forward(from: Socket, to: Socket, direction: Direction): void {
    from.on('data', (chunk) => {
      if (!this.#lost.has(direction) && !to.write(this.#tap(chunk, direction, to))) {
        from.pause()
        to.once('drain', () => this.#stalled || from.resume())
      }
    })
    from.on('end', () => to.end())
    if (this.#stalled) from.pause()
  }
}
