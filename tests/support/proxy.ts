/**
 * A TCP proxy between a client and its server that can do to connections what networks do: cut them, hold back what
 * is on its way, lose it, and let nobody through.
 */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export type Direction = 'toServer' | 'toClient'

export class Proxy implements AsyncDisposable {
  readonly #server = createServer({ allowHalfOpen: false }, (client) => this.#join(client))
  readonly #target: URL
  readonly #pairs = new Set<{ client: Socket; server: Socket }>()
  readonly #lost = new Set<Direction>()
  #stalled = false
  #refusing = false

  private constructor(target: URL) {
    this.#target = target
  }

  /** Listens on a free port of loopback for whoever would talk to `target`. */
  static async to(target: string): Promise<Proxy> {
    const proxy = new Proxy(new URL(target))
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  /** The target's URL, with the proxy's address in place of the server's. */
  get url(): string {
    const url = new URL(this.#target)
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen')
    url.hostname = '127.0.0.1'
    url.port = String(address.port)
    return url.href
  }

  get connections(): number {
    return this.#pairs.size
  }

  /** Resets all connections, as a dying host does; new ones are let through. */
  cut(): void {
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy()
      server.resetAndDestroy()
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

  #join(client: Socket): void {
    if (this.#refusing) {
      client.resetAndDestroy()
      return
    }
    const server = connect({ host: this.#target.hostname, port: Number(this.#target.port), noDelay: true })
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
      if (!this.#lost.has(direction) && !to.write(chunk)) {
        from.pause()
        to.once('drain', () => this.#stalled || from.resume())
      }
    })
    from.on('end', () => to.end())
    if (this.#stalled) from.pause()
  }
}
