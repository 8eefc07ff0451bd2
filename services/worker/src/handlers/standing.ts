/**
 * Whether this worker may speak and take jobs. It says nothing without the lock on its name: from the moment its
 * connection is lost another process may have it (H18). Where another had it, that one may have made containers, and
 * they are adopted before a word is said. No job is taken while the worker is being drained, or is unwell.
 */
export class Standing {
  readonly #listeners = new Set<() => void>()
  #hasName = false
  #isReady = false
  #timesTaken = 0
  #isDraining = false
  #isLeaving = false
  #feeling: { unwell: string; takes: boolean } | undefined

  /** Everything is adopted that was left when the name had been taken by others so many times. */
  ready(timesTaken: number): void {
    if (timesTaken !== this.#timesTaken) return
    this.#isReady = true
    this.#changed()
  }

  /** The lock on the name is ours; or it may be another's; or it is (perhaps our own, of a connection that is dead). */
  named(lock: 'ours' | 'lost' | 'taken'): void {
    this.#hasName = lock === 'ours'
    if (lock === 'taken') {
      this.#isReady = false
      this.#timesTaken += 1
    }
    this.#changed()
  }

  get timesTaken(): number {
    return this.#timesTaken
  }

  /** The name is ours, and what others may have left under it is not adopted yet. */
  get mustAdopt(): boolean {
    return this.#hasName && !this.#isReady
  }

  /** Takes jobs no more, or again; whether that is news. */
  drain(isDraining: boolean): boolean {
    if (this.#isDraining === isDraining) return false
    this.#isDraining = isDraining
    this.#changed()
    return true
  }

  /** Why no models start here, and whether one more is to be tried; undefined where they do. */
  feels(feeling: { unwell: string; takes: boolean } | undefined): void {
    this.#feeling = feeling
    this.#changed()
  }

  leave(): void {
    this.#isLeaving = true
    this.#changed()
  }

  get isDraining(): boolean {
    return this.#isDraining
  }

  /** Why it takes no jobs; nothing while one is wanted as a trial, or no dispatcher would feed it. */
  get unwell(): string | undefined {
    return this.#feeling?.takes === false ? this.#feeling.unwell : undefined
  }

  /** Whether heartbeats may be sent. */
  get speaks(): boolean {
    return this.#hasName && this.#isReady
  }

  /** Why no job is to be taken; undefined where jobs are. */
  get closed(): string | undefined {
    if (this.#isLeaving) return 'this worker is being stopped'
    if (this.#isDraining) return 'this worker is being drained'
    if (this.unwell !== undefined) return `this worker is unwell: ${this.unwell}`
    return this.speaks ? undefined : 'this worker is not ready'
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener)
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}
