/**
 * The state folder: everything that makes this installation itself (its id, passwords, ports, data). `.carya/` at the
 * checkout's root, or CARYA_HOME. Only its owner may enter (0700): that is what protects the files inside which
 * containers under other uids have to read.
 */
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout's root. */
export const root = fileURLToPath(new URL('../../../..', import.meta.url)).replace(/\/$/, '')

export type Home = {
  /** The folder itself, absolute. */
  path: string
  installation: string
  lock: string
  /** Variables for the compose file. */
  stackEnv: string
  secrets: string
  definitions: string
  redisUsers: string
  cache: string
  engineLog: string
  engine: string
  /** Where inputs and outputs lie unless the first `up` is given another folder. */
  store: string
}

/** The paths inside the state folder; nothing is created. */
export function homeAt(folder: string): Home {
  const path = resolve(folder)
  return {
    path,
    installation: join(path, 'installation.json'),
    lock: join(path, 'lock'),
    stackEnv: join(path, 'stack.env'),
    secrets: join(path, 'secrets'),
    definitions: join(path, 'broker', 'definitions.json'),
    redisUsers: join(path, 'redis', 'users.acl'),
    cache: join(path, 'cache'),
    engineLog: join(path, 'dockerd.log'),
    engine: join(path, 'engine.json'),
    store: join(path, 'store'),
  }
}

/** The state folder this command is about; nothing is created. */
export function findHome(env: NodeJS.ProcessEnv): Home {
  return homeAt(env['CARYA_HOME'] || join(root, '.carya'))
}

/** Makes sure the state folder exists and lets nobody else in. */
export async function openHome(env: NodeJS.ProcessEnv): Promise<Home> {
  const home = findHome(env)
  await mkdir(home.path, { recursive: true, mode: 0o700 })
  await chmod(home.path, 0o700)
  return home
}

/** Replaces a file in one step, so that a reader never sees half of it. */
export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.${process.pid}.new`
  await writeFile(draft, text, { mode })
  await chmod(draft, mode)
  await rename(draft, path)
}
