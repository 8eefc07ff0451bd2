/**
 * One connection to the broker, kept up for ever.
 *
 * States: down → up ⇄ blocked → down → … until disposed of. It is `blocked` while the broker, short of memory or
 * disk, does not read what we publish: nothing is lost, confirms just do not come, and opening a channel hangs.
 * After any loss it is made anew with back-off; channels are the business of those who use them (channel.ts).
 */
import { connect, type ChannelModel } from 'amqplib'
import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { abortable } from './abortable.ts'
import { backoff } from './backoff.ts'
import { BrokerClosed } from './errors.ts'
import type { Log } from './log.ts'

export type ConnectionState = 'up' | 'blocked' | 'down'
export type ConnectionOptions = {
  url: string
  name: string
  log: Log
  heartbeatSeconds: number
  connectTimeoutMs: number
}

const STEADY_MS = 10_000 // a connection that lived this long was a good one: the next trouble is a new one
const GOODBYE_MS = 2_000

export class Connection implements AsyncDisposable {
  readonly #options: ConnectionOptions
  readonly #listeners = new Set<() => void>()
  readonly #ending = new AbortController()
  readonly #running: Promise<void>
  #up = Promise.withResolvers<ChannelModel>()
  #state: ConnectionState = 'down'

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#running = this.#keepUp(this.#ending.signal)
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** The connection, as soon as it is up. */
  model(signal: AbortSignal): Promise<ChannelModel> {
    return abortable(this.#up.promise, signal)
  }

  /** Calls back after each change of `state`; the function returned ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort(new BrokerClosed())
    await this.#running
  }

  async #keepUp(signal: AbortSignal): Promise<void> {
    const { name, log } = this.#options
    let failures = 0
    while (!signal.aborted) {
      const since = performance.now()
      const error = await this.#once(signal).catch((reason: unknown) => reason)
      if (signal.aborted) return
      if (performance.now() - since > STEADY_MS) failures = 0
      const delayMs = Math.round(backoff(failures))
      failures += 1
      log.warn({ err: error, connection: name, delayMs }, 'no connection to the broker, trying again')
      await sleep(delayMs, undefined, { signal }).catch(() => {})
    }
  }

  /** Connects and waits for the end; resolves to the reason why the connection was lost. */
  async #once(signal: AbortSignal): Promise<Error | undefined> {
    const { log, name } = this.#options
    // amqplib ends its socket but never destroys it, so a peer that has gone silent would keep the process alive
    const socket = new AbortController()
    const giveUp = () => socket.abort()
    signal.addEventListener('abort', giveUp, { once: true })
    const model = await connect(...this.#address(socket.signal)).finally(() =>
      signal.removeEventListener('abort', giveUp),
    )
    const lost = Promise.withResolvers<Error | undefined>()
    model.on('close', (error) => {
      this.#become('down')
      lost.resolve(error)
      setTimeout(giveUp, GOODBYE_MS).unref()
    })
    model.on('error', () => {}) // 'close' follows and carries the same error
    model.on('blocked', (reason) => {
      log.warn({ connection: name, reason }, 'the broker takes no messages for now')
      this.#become('blocked')
    })
    model.on('unblocked', () => this.#become('up'))
    // a listener that throws would else be taken for a broken frame
    if (model.connection instanceof EventEmitter) {
      model.connection.on('handler-error', (err: unknown) =>
        log.error({ err, connection: name }, 'listener failed'),
      )
    }
    log.info(
      { connection: name, broker: model.connection.serverProperties.version },
      'connected to the broker',
    )
    this.#become('up')
    this.#up.resolve(model)
    try {
      return await abortable(lost.promise, signal)
    } finally {
      if (signal.aborted) {
        await Promise.race([model.close(), sleep(GOODBYE_MS, undefined, { ref: false })]).catch(() => {})
        giveUp()
      }
    }
  }

  #address(signal: AbortSignal) {
    const { name, heartbeatSeconds, connectTimeoutMs, ...rest } = this.#options
    const url = new URL(rest.url)
    if (!url.searchParams.has('heartbeat')) url.searchParams.set('heartbeat', String(heartbeatSeconds))
    const socketOptions = {
      noDelay: true, // a confirm takes 44 ms without and 1 ms with it
      timeout: connectTimeoutMs,
      clientProperties: { connection_name: name },
      signal,
    }
    return [url.href, socketOptions] as const
  }

  #become(state: ConnectionState): void {
    if (this.#state === state) return
    if (state === 'down') this.#up = Promise.withResolvers()
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}
