/** Everything a stack needs on disk before it is started: the files that the compose file mounts, and its variables. */
import { mkdir, stat } from 'node:fs/promises'
import { notice } from '../terminal/streams.ts'
import { redisUsers } from './definitions.ts'
import { DEFAULT_SOCKET, type EngineInfo } from './engine.ts'
import { envFile, type StackImages, stackEnvironment } from './environment.ts'
import { type Home, replaceFile } from './home.ts'
import type { Installation, Ports } from './installation.ts'
import { ensureStore } from './owner.ts'
import { writePolicy } from './policy.ts'
import { dockerConfigPath, readLogins } from './registry-logins.ts'
import { ensureSecrets, writeServiceSecrets } from './secrets.ts'
import { storePath } from './store-folder.ts'
import { usersFile, writeDefinitions } from './users-files.ts'

/** Writes secrets, the broker's and Redis's users and the variables; gives the variables. Hold the lock. */
export async function prepareStack(
  home: Home,
  installation: Installation,
  ports: Ports,
  images: StackImages,
  engine: { socket: string; info: EngineInfo },
  env: NodeJS.ProcessEnv,
): Promise<Record<string, string>> {
  const store = storePath(home, installation)
  const owner = engine.info.rootless ? { uid: 0, gid: 0 } : await ensureStore(store, env)
  if (engine.info.rootless) await mkdir(store, { recursive: true })
  const secrets = await ensureSecrets(home, Object.keys(installation.workers ?? {}))
  const given = installation.settings?.['CARYA_DOCKER_CONFIG']
  const logins = await readLogins(dockerConfigPath(given, env))
  if (logins.trouble !== undefined) notice(logins.trouble)
  await writeServiceSecrets(home, secrets, installation.worker, logins.text, owner)
  await writePolicy(home, installation.policy, owner)

  await writeDefinitions(home, installation, secrets)
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
  })
  await replaceFile(home.stackEnv, envFile(variables), 0o600)
  return variables
}
