/**
 * Stops the world of one process at an exact step of its work: a proxy that lets all traffic through until it has
 * seen what it was told to wait for, and then holds everything. Nothing in the services knows of it. What the held
 * bytes begin with has not reached the other end (a piece of a command or frame that came before them may have, and
 * without its rest is nothing); so a process that is killed now died before that step, and after all steps before it.
 */
import type { Socket } from 'node:net'
import { Proxy, type Direction } from './proxy.ts'

/** Bytes on their way, as latin-1 text. */
export type Sight = { toServer: RegExp } | { toClient: RegExp }

export type Tripwire = AsyncDisposable & {
  /** what the process is to connect to */
  url: string
  /** the same, where that is a socket of the file system */
  path: string
  /**
   * Watches from now on for these sights, each after the one before, on whatever connection. What the last one is
   * made of is held, with everything that comes after it; resolves to the text of that sight.
   */
  hold(...sights: [Sight, ...Sight[]]): Promise<string>
  /** Lets go on what is held, as if nothing had been. */
  release(): void
  /**
   * Loses what is held with the connections it was on, as a network does; new ones are let through. Where the process
   * was killed this tells the other end.
   */
  mend(): void
  proxy: Proxy
}

/** A sight may be cut in two by the network: this much of what went before is looked at again. */
const MEMORY = 16_384

/** How AMQP's `basic.ack` begins: class 60, method 80. */
export const AMQP_ACK = new RegExp(String.fromCharCode(0, 60, 0, 80))

/** Stands before a server: `amqp:`, `redis:`, or `unix:` with a path. */
export async function tripwire(target: string): Promise<Tripwire> {
  let waiting: Sight[] = []
  let sprung = Promise.withResolvers<string>()
  let isHolding = false
  let held: { to: Socket; bytes: Buffer }[] = []
  const before = new Map<Socket, string>()

  const proxy = await Proxy.to(target, tap)

  function tap(chunk: Buffer, direction: Direction, to: Socket): Buffer {
    if (isHolding) return keep(to, chunk, 0)
    if (waiting.length === 0) return chunk
    const old = before.get(to) ?? ''
    const text = old + chunk.toString('latin1')
    let from = 0
    for (let sight = waiting[0]; sight; sight = waiting[0]) {
      const found = find(sight, direction, text, from, old.length)
      if (!found) break
      from = found.index + found.text.length
      waiting.shift()
      if (waiting.length > 0) continue
      isHolding = true
      proxy.stall()
      before.clear()
      sprung.resolve(found.text)
      return keep(to, chunk, Math.max(0, found.index - old.length))
    }
    before.set(to, text.slice(Math.max(from, text.length - MEMORY)))
    return chunk
  }

  function keep(to: Socket, chunk: Buffer, from: number): Buffer {
    held.push({ to, bytes: chunk.subarray(from) })
    return chunk.subarray(0, from)
  }

  function flow(): void {
    isHolding = false
    held = []
    proxy.flow()
  }

  return {
    proxy,
    url: proxy.url,
    get path() {
      return proxy.path
    },
    hold(...sights) {
      if (isHolding) throw new Error('what is held must be released or lost first')
      waiting = sights
      // what went through before counts no more
      before.clear()
      sprung = Promise.withResolvers()
      return sprung.promise
    },
    release() {
      const kept = held
      flow()
      for (const { to, bytes } of kept) to.write(bytes)
    },
    mend() {
      proxy.cut()
      flow()
    },
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  }
}

/** The first sight that begins at `from` or later and ends behind `old`: what ended there was passed before. */
function find(sight: Sight, direction: Direction, text: string, from: number, old: number) {
  const pattern: unknown = Reflect.get(sight, direction)
  if (!(pattern instanceof RegExp)) return undefined
  for (const match of text.slice(from).matchAll(new RegExp(pattern, `g${pattern.flags}`))) {
    const index = from + match.index
    if (index + match[0].length > old) return { index, text: match[0] }
  }
  return undefined
}
