/**
 * The store is chosen at the first `up` and stays what it is: outputs that were written into one are found in no
 * other. So a CARYA_STORE that names another one later is a slip, until the user says that it is none.
 */
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { notice } from '../terminal/streams.ts'
import { count } from '../terminal/text.ts'
import type { Docker } from './engine.ts'
import type { Home } from './home.ts'
import type { Installation } from './installation.ts'
import { runContainers } from './run-containers.ts'
import { hasData, namedStore, storePath } from './store-folder.ts'

/** Sets the installation's store, to be saved. Ends the command where another one may not be taken. */
export async function keepStore(
  docker: Docker,
  home: Home,
  installation: Installation,
  mayLeaveData: boolean,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const isNew = installation.settings === undefined
  const kept = storePath(home, installation)
  const store = namedStore(home, env) ?? kept
  if (!isNew && store !== kept) {
    const runs = await runContainers(docker, installation)
    const live = runs.filter(({ State }) => State === 'running').length
    if (live > 0) throw refusal(kept, store, `${count(live, 'run')} under way, which write into it.`, WAIT)
    if (!mayLeaveData && (await hasData(kept))) throw refusal(kept, store, 'There are data in it.', LEAVE)
    notice(`the store is ${store} from now on (before: ${kept})`)
  }
  installation.store = store === home.store ? undefined : store
}

const WAIT = ['To take the other one: wait until they have ended, or cancel them.']
const LEAVE = [
  'To take the other one: carya down, copy what is to be found in it, and carya up --change-store.',
]

function refusal(kept: string, store: string, why: string, how: readonly string[]): CommandFailure {
  return new CommandFailure(exitCodes.usage, {
    title: 'This installation has another store.',
    detail: `It is ${kept}, and CARYA_STORE names ${store}. ${why}`,
    help: ['To keep it: unset CARYA_STORE.', ...how],
  })
}
