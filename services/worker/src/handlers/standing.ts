/**
 * Whether this worker may speak and take jobs. It says nothing before it has the lock on its name, nor while another
 * process holds it (H18); it takes no job before it has adopted what it left, nor while it is being drained.
 */
export class Standing {
  readonly #listeners = new Set<() => void>()
  #hasName = false
  #isReady = false
  #isDraining = false
  #isLeaving = false

  /** Everything that was left is adopted. */
  ready(): void {
    this.#isReady = true
    this.#changed()
  }

  /** The lock on the name was gained, or lost. */
  named(hasName: boolean): void {
    this.#hasName = hasName
    this.#changed()
  }

  drain(): void {
    this.#isDraining = true
    this.#changed()
  }

  leave(): void {
    this.#isLeaving = true
    this.#changed()
  }

  get hasName(): boolean {
    return this.#hasName
  }

  get isDraining(): boolean {
    return this.#isDraining
  }

  /** Whether heartbeats may be sent. */
  get speaks(): boolean {
    return this.#hasName && this.#isReady
  }

  /** Why no job is to be taken; undefined where jobs are. */
  get closed(): string | undefined {
    if (this.#isLeaving) return 'this worker is being stopped'
    if (this.#isDraining) return 'this worker is being drained'
    return this.speaks ? undefined : 'this worker is not ready'
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener)
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}
