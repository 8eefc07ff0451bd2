/** The state folder: nobody else may read its secrets, and the store belongs to whom the services run as. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Home } from '../home.ts'
import type { Installation } from '../installation.ts'
import { storePath } from '../store-folder.ts'
import { type Check, missing, ok, warning } from './check.ts'

export async function checkState(
  home: Home,
  installation: Installation | undefined,
  env: NodeJS.ProcessEnv,
): Promise<Check[]> {
  const folder = await stat(home.path).catch(() => undefined)
  if (!folder) return [ok('state folder', `${home.path} is yet to be made`)]
  return [await checkModes(home, folder.mode), await checkStore(storePath(home, installation, env))]
}

async function checkModes(home: Home, mode: number): Promise<Check> {
  const open: string[] = (mode & 0o077) === 0 ? [] : [home.path]
  for (const entry of await readdir(home.secrets, { recursive: true }).catch(() => [])) {
    const path = join(home.secrets, entry)
    const secret = await stat(path)
    if (secret.isFile() && (secret.mode & 0o077) !== 0) open.push(path)
  }
  if (open.length === 0) return ok('secrets', `only their owner can read them (${home.secrets})`)
  return warning('secrets', `others can read ${open.join(', ')}`, `chmod -R go= ${open.join(' ')}`)
}

async function checkStore(path: string): Promise<Check> {
  const store = await stat(path).catch(() => undefined)
  if (!store) return ok('store', `${path} is yet to be made`)
  if (!store.isDirectory())
    return missing('store', `${path} is not a folder`, 'Name another with CARYA_STORE.')
  if (store.uid === 0) {
    return missing(
      'store',
      `${path} belongs to root, and neither the services nor the models run as root`,
      `chown 10001:10001 ${path}`,
    )
  }
  return ok('store', `${path} belongs to ${store.uid}:${store.gid}`)
}
