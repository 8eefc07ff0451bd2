/** Everything a stack needs on disk before it is started: the files that the compose file mounts, and its variables. */
import { DISPATCHER_USER, workerUser } from '@carya/contracts'
import { createHash } from 'node:crypto'
import { mkdir, readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { brokerDefinitions, redisUsers } from './definitions.ts'
import { DEFAULT_SOCKET, type EngineInfo } from './engine.ts'
import { envFile, type StackImages, stackEnvironment } from './environment.ts'
import { type Home, replaceFile } from './home.ts'
import type { Installation, Ports } from './installation.ts'
import { ensureStore } from './owner.ts'
import { dispatcherGrants, submitterGrants, workerGrants } from './permissions.ts'
import { ensureSecrets, SUBMITTER, writeServiceSecrets } from './secrets.ts'

/** The store of this installation: CARYA_STORE, else inside the state folder. */
export function storePath(home: Home, env: NodeJS.ProcessEnv): string {
  return resolve(env['CARYA_STORE'] || home.store)
}

/**
 * Writes secrets, the broker's and Redis's users and the variables; gives the variables. Hold the lock. The users'
 * files hold hashes only and may be read by all, since each container reads them under another uid; the folder they
 * lie in lets nobody else in.
 */
export async function prepareStack(
  home: Home,
  installation: Installation,
  ports: Ports,
  images: StackImages,
  engine: { socket: string; info: EngineInfo },
  env: NodeJS.ProcessEnv,
): Promise<Record<string, string>> {
  const { id, worker, pool } = installation
  const store = storePath(home, env)
  const owner = engine.info.rootless ? { uid: 0, gid: 0 } : await ensureStore(store, env)
  if (engine.info.rootless) await mkdir(store, { recursive: true })
  const secrets = await ensureSecrets(home)
  await writeServiceSecrets(home, secrets, worker, owner)

  const definitions = brokerDefinitions(
    [
      { name: DISPATCHER_USER, password: secrets.dispatcher, grants: dispatcherGrants },
      { name: workerUser(worker), password: secrets.worker, grants: workerGrants(worker, pool) },
      { name: SUBMITTER, password: secrets.submitter, grants: submitterGrants(SUBMITTER) },
    ],
    (user) => saltFor(id, user),
  )
  await usersFile(home.definitions, `${JSON.stringify(definitions, null, 2)}\n`)
  await usersFile(home.redisUsers, redisUsers(secrets.redis))

  const variables = stackEnvironment({
    installation,
    ports,
    images,
    state: home.path,
    store,
    owner,
    // on other systems the engine lives in a virtual machine, where its socket has the usual place
    socket: process.platform === 'linux' ? engine.socket : DEFAULT_SOCKET,
    socketGid: process.platform === 'linux' ? (await stat(engine.socket)).gid : 0,
    selinux: engine.info.selinux,
    env,
  })
  await replaceFile(home.stackEnv, envFile(variables), 0o600)
  return variables
}

/** Unlike for every installation and user, and the same each time, so that the file changes only when a user does. */
function saltFor(installation: string, user: string): Uint8Array {
  return createHash('sha256').update(`${installation}/${user}`).digest().subarray(0, 4)
}

async function usersFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 })
  if ((await readFile(path, 'utf8').catch(() => undefined)) !== text) await replaceFile(path, text, 0o644)
}
