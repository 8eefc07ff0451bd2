/**
 * Hears how containers end: one stream of the engine's events for all of them.
 *
 * While the stream holds, the engine lives, and an exit it tells is the model's own; but not one after a signal that
 * is meant to end it. An engine that is being stopped signals its containers first, and tells of it, while it still
 * answers as ever; so does one whose user types `docker stop`. (After a signal of ours this does not matter.)
 * When the stream was lost, every
 * container is looked at again, for an engine that died tells nobody. An exit found so counts only (H19)
 * - if the engine still replays an event from before the gap (a restarted one has forgotten all), or
 * - if it is set to leave containers alone when it stops, was so when this one was launched, and the host has not
 *   been booted since.
 * Even then 255 is what engines say where they do not know the code: of one whose shim died with nobody there.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { ownLabels } from '../domain/isolation.ts'
import type { Ended, Look } from '../ports.ts'
import type { Engine } from './engine.ts'
import { readEngine } from './engine-facts.ts'
import { isEnding, openEvents, type Event } from './events.ts'
import { look } from './look.ts'

type Log = { warn(fields: object, message: string): void }
export type WatchOptions = { engine: Engine; labels: readonly string[]; bootId: string; log: Log }
type Expected = {
  /** somebody has sent it a signal that is meant to end it */
  isSignalled: boolean
  promise: Promise<Ended>
  resolve: (ended: Ended) => void
  isTold: boolean
  dead: PromiseWithResolvers<void>
}

const UNKNOWN_CODE = 255
const KILLED_CODE = 137
/** That memory ran out an engine under load may write down after the end: so often it is looked for, so far apart. */
const LOOKS_FOR_OOM = 4
const OOM_MS = 250
const PAUSE_MS = 100
const SETTLE_MS = 20

export class Watch implements AsyncDisposable {
  readonly #options: WatchOptions
  readonly #ending = new AbortController()
  readonly #expected = new Map<string, Expected>()
  readonly #running: Promise<void>
  /** the newest event of ours: if the engine still knows it after a gap, it has not been restarted */
  #newest: Event | undefined
  #gaps = 0
  #opened = Promise.withResolvers<void>()

  constructor(options: WatchOptions) {
    this.#options = options
    this.#running = this.#watch()
  }

  /** To be called before a container is started: from then on its end is not missed. Waits while nothing is heard. */
  async expect(id: string): Promise<void> {
    await this.#opened.promise
    this.#expectation(id)
  }

  /** Resolves when the container has ended: one that is expected, or any other, which is looked at first. */
  ended(id: string): Promise<Ended> {
    const known = this.#expected.get(id)
    const { promise } = known ?? this.#expectation(id)
    if (!known) void this.#recheck(id).catch(() => {}) // the engine is away: all are looked at when it is back
    return promise.finally(() => this.#expected.delete(id))
  }

  /**
   * Resolves when its processes are gone, which is a little before the engine has written down how it ended; never,
   * where that moment was missed.
   */
  dead(id: string): Promise<void> {
    return this.#expected.get(id)?.dead.promise ?? new Promise(() => {})
  }

  /** It was not started after all. */
  forget(id: string): void {
    this.#expected.delete(id)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    await this.#running
  }

  #expectation(id: string): Expected {
    const { promise, resolve } = Promise.withResolvers<Ended>()
    const expected = {
      isSignalled: false,
      promise,
      resolve,
      isTold: false,
      dead: Promise.withResolvers<void>(),
    }
    this.#expected.set(id, expected)
    return expected
  }

  async #watch(): Promise<void> {
    const signal = AbortSignal.any([this.#ending.signal, this.#options.engine.signal])
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      try {
        await this.#listen(signal, isFirst)
      } catch (error) {
        if (signal.aborted) return
        this.#options.log.warn({ err: error }, "the engine's events were lost, listening again")
      }
      this.#opened = Promise.withResolvers()
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => {})
    }
  }

  async #listen(signal: AbortSignal, isFirst: boolean): Promise<void> {
    const { engine, labels } = this.#options
    const { events, close } = await openEvents(engine, labels)
    signal.addEventListener('abort', close, { once: true })
    try {
      if (!isFirst) this.#recheckAll()
      this.#opened.resolve()
      for await (const event of events) this.#hear(event)
    } finally {
      this.#gaps += 1
      signal.removeEventListener('abort', close)
      close()
    }
  }

  #hear(event: Event): void {
    this.#newest = event
    const expected = this.#expected.get(event.id)
    if (expected && isEnding(event)) expected.isSignalled = true
    if (event.action !== 'die') return
    expected?.dead.resolve()
    void this.#died(event.id).catch(() => {})
  }

  /**
   * The event comes a moment before the engine has written down how it ended. Where the stream is lost meanwhile
   * the engine may be stopping, and the event be of its doing: then all are looked at again anyway.
   */
  async #died(id: string): Promise<void> {
    const gaps = this.#gaps
    let looksForOom = LOOKS_FOR_OOM
    while (this.#isOpen(id)) {
      const found = await look(this.#options.engine, id)
      if (this.#gaps !== gaps) return
      const mayBeOom =
        found?.exitCode === KILLED_CODE && !found.oomKilled && !this.#expected.get(id)?.isSignalled
      if (found?.status === 'ended' && mayBeOom && looksForOom > 0) {
        looksForOom -= 1
        await sleep(OOM_MS, undefined, { signal: this.#ending.signal })
      } else if (found?.status !== 'running') this.#tell(id, found, true)
      else await sleep(SETTLE_MS, undefined, { signal: this.#ending.signal })
    }
  }

  #isOpen(id: string): boolean {
    return this.#expected.get(id)?.isTold === false
  }

  #recheckAll(): void {
    for (const id of this.#expected.keys()) if (this.#isOpen(id)) void this.#recheck(id).catch(() => {})
  }

  async #recheck(id: string): Promise<void> {
    const found = await look(this.#options.engine, id)
    if (found && found.status !== 'ended') return
    this.#tell(id, found, found !== undefined && (await this.#isTrusted(found)))
  }

  #tell(id: string, found: Look | undefined, trusted: boolean): void {
    const expected = this.#expected.get(id)
    if (!expected) return
    expected.isTold = true
    expected.resolve({ ...(found ? { look: found } : {}), trusted: trusted && !expected.isSignalled })
  }

  async #isTrusted(found: Look): Promise<boolean> {
    if (found.exitCode === UNKNOWN_CODE) return false
    const { bootId, engine, labels } = this.#options
    const { liveRestore } = await readEngine(engine)
    const wasOn = found.labels[ownLabels.liveRestore] === 'true' && found.labels[ownLabels.boot] === bootId
    const launch = found.startedAt === undefined ? undefined : Date.parse(found.startedAt) / 1000 - 1
    const newest = this.#newest && this.#newest.timeNano / 1e9 - 1
    const since = Math.min(launch ?? Infinity, newest ?? Infinity)
    if (!Number.isFinite(since)) return liveRestore && wasOn
    const { events } = await openEvents(engine, labels, { since, until: Date.now() / 1000 })
    let isKnown = liveRestore && wasOn
    for await (const event of events) {
      if (event.id === found.id && isEnding(event)) return false
      const isOwnStart = event.action === 'start' && event.id === found.id
      const isNewest = event.id === this.#newest?.id && event.timeNano === this.#newest?.timeNano
      if (isOwnStart || isNewest) isKnown = true
    }
    return isKnown
  }
}
