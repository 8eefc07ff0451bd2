/**
 * Whether the store is the installation's. One that is not (another folder, the one beneath a mount that is missing)
 * can be written like any other, and what models leave in it would be reported and never be found.
 */
import { ConfigError } from '@carya/contracts/settings'
import type { Store } from '@carya/store'
import { setTimeout as pause } from 'node:timers/promises'

export type OwnStoreOptions = {
  store: Pick<Store, 'isOf' | 'root'>
  installation: string
  log: { warn(fields: object, message: string): void }
  /** How often it is looked, and with what pause. */
  looks?: number
  everyMs?: number
}

/**
 * Resolves when the installation's dispatcher has left its mark in the store; it may be started after the worker.
 * Throws after a minute: a mount that comes later does not show in a container that is there already, so the
 * supervisor has to start it again.
 */
export async function awaitOwnStore(options: OwnStoreOptions, stop: AbortSignal): Promise<void> {
  const { store, installation, log, looks = 60, everyMs = 1000 } = options
  for (let look = 1; !(await store.isOf(installation)); look += 1) {
    if (look === looks)
      throw new ConfigError(
        `CARYA_STORE: this is not the store of the installation ${installation}: ${store.root} (is it mounted?)`,
      )
    if (look === 1)
      log.warn(
        { store: store.root, installation },
        'this is not the store of the installation, or not yet: waiting',
      )
    await pause(everyMs, undefined, { signal: stop })
  }
}
