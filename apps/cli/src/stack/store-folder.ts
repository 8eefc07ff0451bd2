/** The store's folder as `up` and `down` look into it: which it is, and what of ours lies in it. */
import { readdir, rm, rmdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Home } from './home.ts'
import { systemCode } from './error-code.ts'
import type { Installation } from './installation.ts'

/** Where outputs, inputs and records lie in a store. */
const DATA = ['runs', 'ensembles', 'files']

/** What workers have fetched lies here, and can be fetched again. */
const CACHE = 'cache'

/** Where each installation's dispatcher leaves its mark, `<installation>.sequence`. */
const MARKS = 'carya'

/** The store of this installation, which `up` has kept; before the first `up` the one that it would take. */
export function storePath(
  home: Home,
  installation: Installation | undefined,
  env: NodeJS.ProcessEnv = {},
): string {
  const chosen = installation ? installation.store : namedStore(home, env)
  return chosen ?? home.store
}

/** The store that the environment names: CARYA_STORE, where an empty one is that of the state folder. */
export function namedStore(home: Home, env: NodeJS.ProcessEnv): string | undefined {
  const named = env['CARYA_STORE']
  return named === undefined ? undefined : resolve(named || home.store)
}

/** Whether outputs, inputs or records lie in it. */
export async function hasData(store: string): Promise<boolean> {
  const folders = await Promise.all(DATA.map((name) => readdir(join(store, name)).catch(() => [])))
  return folders.some((names) => names.length > 0)
}

/** Other installations that have this store, or had it. */
export async function otherInstallations(store: string, { id }: Installation): Promise<string[]> {
  const marks = await readdir(join(store, MARKS)).catch(() => [])
  const ids = marks.flatMap((name) => /^([a-z0-9-]+)\.sequence$/.exec(name)?.[1] ?? [])
  return ids.filter((each) => each !== id)
}

/** Removes what Carya has put into a store, and nothing else; the folder too if that is ours and empty then. */
export async function purgeStore(home: Home, store: string): Promise<void> {
  for (const name of [...DATA, CACHE, MARKS]) await rm(join(store, name), { recursive: true, force: true })
  if (store !== home.store) return
  await rmdir(store).catch((error: unknown) => {
    if (!['ENOENT', 'ENOTEMPTY'].includes(systemCode(error) ?? '')) throw error
  })
}
