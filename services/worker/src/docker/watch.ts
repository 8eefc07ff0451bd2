/**
 * Hears how containers end: one stream of the engine's events for all of them.
 *
 * While the stream holds, the engine lives, and an exit it tells is the model's own; but not one after a signal that
 * is meant to end it. An engine that is being stopped signals its containers first, and tells of it, while it still
 * answers as ever; so does one whose user types `docker stop`. (After a signal of ours this does not matter.)
 * When the stream was lost, or was not there yet, every container is looked at again, for an engine that died tells
 * nobody. Until it has been seen alive, its end may have come unheard, and counts only as trust.ts says (H19).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { ownLabels } from '../domain/isolation.ts'
import type { Ended, Look } from '../ports.ts'
import type { Engine } from './engine.ts'
import { readEngine } from './engine-facts.ts'
import { isEnding, openEvents, replay, type Event } from './events.ts'
import { look } from './look.ts'
import { isTrusted } from './trust.ts'

type Log = { warn(fields: object, message: string): void }
export type WatchOptions = { engine: Engine; labels: readonly string[]; bootId: string; log: Log }
type Expected = {
  /** somebody has sent it a signal that is meant to end it */
  isSignalled: boolean
  /** it may have ended unheard; `mark` is what was last heard before that, and of one that is adopted nothing was */
  doubt?: { mark: Event | undefined }
  /** its end was heard after so many gaps */
  diedAfter?: number
  promise: Promise<Ended>
  resolve: (ended: Ended) => void
  isTold: boolean
  dead: PromiseWithResolvers<void>
}

const KILLED_CODE = 137
/** That memory ran out an engine under load may write down after the end: so often it is looked for, so far apart. */
const LOOKS_FOR_OOM = 4
const OOM_MS = 250
const PAUSE_MS = 100
const SETTLE_MS = 20
const AGAIN_MS = 1_000

export class Watch implements AsyncDisposable {
  readonly #options: WatchOptions
  readonly #ending = new AbortController()
  readonly #over: AbortSignal
  readonly #expected = new Map<string, Expected>()
  readonly #running: Promise<void>
  /** the newest event of ours: if the engine still knows it after a gap, it has not been restarted */
  #newest: Event | undefined
  #gaps = 0
  #isListening = false
  #opened = Promise.withResolvers<void>()

  constructor(options: WatchOptions) {
    this.#options = options
    this.#over = AbortSignal.any([this.#ending.signal, options.engine.signal])
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
    const { promise } = known ?? this.#expectation(id, { mark: undefined })
    // while nothing is heard it waits, as all do, for the stream to be opened
    if (!known && this.#isListening) void this.#recheck(id)
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

  #expectation(id: string, doubt?: Expected['doubt']): Expected {
    const { promise, resolve } = Promise.withResolvers<Ended>()
    const expected: Expected = {
      isSignalled: false,
      ...(doubt ? { doubt } : {}),
      promise,
      resolve,
      isTold: false,
      dead: Promise.withResolvers<void>(),
    }
    this.#expected.set(id, expected)
    return expected
  }

  async #watch(): Promise<void> {
    while (!this.#over.aborted) {
      try {
        await this.#listen(this.#over)
      } catch (error) {
        if (this.#over.aborted) return
        this.#options.log.warn({ err: error }, "the engine's events were lost, listening again")
      }
      this.#opened = Promise.withResolvers()
      await this.#pause(PAUSE_MS)
    }
  }

  async #listen(signal: AbortSignal): Promise<void> {
    const { engine, labels } = this.#options
    const { events, close } = await openEvents(engine, labels)
    signal.addEventListener('abort', close, { once: true })
    try {
      this.#isListening = true
      for (const id of this.#expected.keys()) if (this.#isOpen(id)) void this.#recheck(id)
      this.#opened.resolve()
      for await (const event of events) this.#hear(event)
    } finally {
      this.#lost()
      signal.removeEventListener('abort', close)
      close()
    }
  }

  #lost(): void {
    this.#isListening = false
    this.#gaps += 1
    // what a later engine says is no sign of this one: the mark is taken here, and of several gaps the first counts
    for (const expected of this.#expected.values()) expected.doubt ??= { mark: this.#newest }
    this.#options.engine.interrupt()
  }

  #hear(event: Event): void {
    this.#newest = event
    const expected = this.#expected.get(event.id)
    if (expected && isEnding(event)) expected.isSignalled = true
    if (!expected || event.action !== 'die') return
    expected.diedAfter = this.#gaps
    expected.dead.resolve()
    void this.#died(event.id)
  }

  /**
   * The event comes a moment before the engine has written down how it ended. Where the stream is lost meanwhile
   * the engine may be stopping, and the event be of its doing: then all are looked at again anyway.
   */
  #died(id: string): Promise<void> {
    const gaps = this.#gaps
    let looksForOom = LOOKS_FOR_OOM
    return this.#insist(id, async () => {
      while (this.#isOpen(id)) {
        const found = await look(this.#options.engine, id)
        if (this.#gaps !== gaps) return
        const mayBeOom =
          found?.exitCode === KILLED_CODE && !found.oomKilled && !this.#expected.get(id)?.isSignalled
        if (found?.status === 'ended' && mayBeOom && looksForOom > 0) {
          looksForOom -= 1
          await this.#pause(OOM_MS)
        } else if (found?.status !== 'running') this.#tell(id, found, true)
        else await this.#pause(SETTLE_MS)
      }
    })
  }

  #recheck(id: string): Promise<void> {
    const gaps = this.#gaps
    return this.#insist(id, async () => {
      const found = await look(this.#options.engine, id)
      const expected = this.#expected.get(id)
      if (!expected) return
      if (found && found.status !== 'ended') {
        if (this.#gaps === gaps) delete expected.doubt // from here on its end is heard
        return
      }
      const trusted = found !== undefined && (await this.#mayTrust(found, expected.doubt?.mark))
      if (expected.diedAfter !== this.#gaps) this.#tell(id, found, trusted)
    })
  }

  /** Tries again where the engine answers with an error: before the next gap nobody else would look. Never rejects. */
  async #insist(id: string, work: () => Promise<void>): Promise<void> {
    while (this.#isOpen(id) && !this.#over.aborted) {
      try {
        return await work()
      } catch (err) {
        if (this.#over.aborted) return
        this.#options.log.warn(
          { err, container: id },
          'the engine does not tell how a container is, asking again',
        )
        await this.#pause(AGAIN_MS)
      }
    }
  }

  /** Shorter where all is over. */
  async #pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#over }).catch(() => {})
  }

  #isOpen(id: string): boolean {
    return this.#expected.get(id)?.isTold === false
  }

  #tell(id: string, found: Look | undefined, trusted: boolean): void {
    const expected = this.#expected.get(id)
    if (!expected) return
    expected.isTold = true
    expected.resolve({ ...(found ? { look: found } : {}), trusted: trusted && !expected.isSignalled })
  }

  async #mayTrust(found: Look, mark: Event | undefined): Promise<boolean> {
    const { bootId, engine } = this.#options
    const { liveRestore } = await readEngine(engine)
    const wasOn = found.labels[ownLabels.liveRestore] === 'true' && found.labels[ownLabels.boot] === bootId
    return isTrusted(found, { events: await replay(engine), mark, leavesAlone: liveRestore && wasOn })
  }
}
