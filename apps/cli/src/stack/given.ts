/** What a user gives `up` and is kept: the store, the settings of the services, where the broker listens, the policy. */
import { notice } from '../terminal/streams.ts'
import { staleWorkers } from './broker-address.ts'
import type { Docker } from './engine.ts'
import type { Home } from './home.ts'
import { createInstallation, type Installation, saveInstallation } from './installation.ts'
import { keepSettings } from './kept-settings.ts'
import { keepStore } from './keep-store.ts'
import type { GivenPolicy } from './policy.ts'

export type Given = {
  /** Present where it is given; `on` is absent for loopback alone. */
  listen: { on: string | undefined } | undefined
  /** Present where it is given. */
  policy: GivenPolicy | undefined
  /** Whether another store may be taken although there are data in the one before. */
  changeStore: boolean
}

/** The installation with what is given, saved; says what that changes, and for which workers on other hosts. */
export async function keepGiven(
  docker: Docker,
  home: Home,
  kept: Installation | undefined,
  { listen, policy, changeStore }: Given,
  env: NodeJS.ProcessEnv,
): Promise<Installation> {
  const installation = kept ? structuredClone(kept) : createInstallation()
  await keepStore(docker, home, installation, changeStore, env)
  const { settings, changes } = keepSettings(installation.settings ?? {}, env)
  installation.settings = settings
  if (listen) installation.listen = listen.on
  if (policy) installation.policy = policy.text
  await saveInstallation(home, installation)
  if (!kept) return installation
  for (const change of changes) notice(change)
  if (kept.policy !== installation.policy)
    notice(
      installation.policy ? 'models may ask what the new policy allows' : 'models may ask nothing any more',
    )
  const stale = staleWorkers(kept, installation)
  if (stale.length > 0) notice('Workers on other hosts have to be given new settings (docs/add-a-host.md):')
  for (const name of stale) notice(`  carya worker add ${name}`)
  return installation
}
