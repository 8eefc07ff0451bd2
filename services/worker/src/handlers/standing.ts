/**
 * Whether this worker may speak and take jobs. It says nothing without the lock on its name: from the moment its
 * connection is lost another process may have it (H18), and have gone again before this one could see it. What it may
 * have made is adopted before a word is said, each time that the name is gained. Where nobody was seen to have had the
 * name, and the engine does not answer, the worker speaks after a while all the same: its own models must not be lost for
 * it. No job is taken while the worker is being drained, or is unwell.
 */
export class Standing {
  readonly #listeners = new Set<() => void>()
  #hasName = false
  #isReady = false
  #isAdopted = false
  /** another had it, or may have had, since all was adopted for the last time */
  #wasTaken = true
  #timesLost = 0
  #isDraining = false
  #isLeaving = false
  #lack: string | undefined
  #feeling: { unwell: string; takes: boolean } | undefined

  /** Everything is adopted that was left when the name had been lost so many times. */
  ready(timesLost: number): void {
    if (timesLost !== this.#timesLost) return
    this.#isReady = this.#isAdopted = true
    this.#wasTaken = false
    this.#changed()
  }

  /** What was left then cannot be adopted now: it has been waited for long enough, unless another is known to have left it. */
  late(timesLost: number): void {
    if (timesLost !== this.#timesLost || this.#wasTaken || this.#isReady) return
    this.#isReady = true
    this.#changed()
  }

  /** The lock on the name is ours; or it may be another's; or it is (perhaps our own, of a connection that is dead). */
  named(lock: 'ours' | 'lost' | 'taken'): void {
    this.#hasName = lock === 'ours'
    if (lock !== 'ours') {
      this.#isReady = this.#isAdopted = false
      this.#timesLost += 1
    }
    if (lock === 'taken') this.#wasTaken = true
    this.#changed()
  }

  get timesLost(): number {
    return this.#timesLost
  }

  /** The name is ours, and what others may have left under it is not adopted yet. */
  get mustAdopt(): boolean {
    return this.#hasName && !this.#isAdopted
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

  /** What the host has too little of for any run; undefined where it has enough. */
  lacks(what: string | undefined): void {
    if (this.#lack === what) return
    this.#lack = what
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
    return this.#feeling?.takes === false ? this.#feeling.unwell : this.#lack
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
