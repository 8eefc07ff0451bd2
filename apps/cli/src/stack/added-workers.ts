/**
 * Workers on other hosts. Each has a user of its own on the broker, who may do a worker's work and nothing else. Name,
 * pool and password are kept with the state first and made known to the broker second: whatever stops between the two,
 * the next start of the broker, or the same command again, makes it good.
 */
import { Name, workerUser, type ForgottenWorker } from '@carya/contracts'
import { readFile } from 'node:fs/promises'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { notice } from '../terminal/streams.ts'
import { brokerAddress, parseBroker } from './broker-address.ts'
import { clientSettings } from './client-settings.ts'
import { parseEnvFile } from './environment.ts'
import { findHome, type Home, openHome } from './home.ts'
import { type Installation, readInstallation, saveInstallation } from './installation.ts'
import { takeLock } from './lock.ts'
import { findRunningBroker } from './running-broker.ts'
import { amqpUrl, ensureSecrets, freshPassword, keepSecrets } from './secrets.ts'
import { storePath } from './store-folder.ts'
import { writeDefinitions } from './users-files.ts'

export type AddOptions = {
  pool?: string | undefined
  newPassword?: boolean | undefined
  /** `host` or `host:port` under which its host reaches the broker; empty: where the broker listens. */
  broker?: string | undefined
}

export type AddedWorker = {
  name: string
  pool: string
  /** Its name on the broker. */
  user: string
  /** The broker's URL, with the password. */
  amqp: string
  installation: string
  store: string
  image: string
  /** What docker/worker.yml takes. */
  env: Record<string, string>
  /** Whether the broker knows it already; else it will when it is started. */
  applied: boolean
  /** Whether other hosts can reach the broker by this URL, as far as is known here. */
  isReachable: boolean
  /** What is other than before, in words: the worker that runs has to be given it. */
  changes: string[]
}

/** Makes a worker's user, or says again what there is: the same password unless a new one is asked for. */
export async function addWorker(
  name: string,
  options: AddOptions,
  env: NodeJS.ProcessEnv,
): Promise<AddedWorker> {
  checkName(name, 'NAME')
  if (options.pool !== undefined) checkName(options.pool, '--pool')
  if (options.broker) parseBroker(options.broker)
  await using opened = await openForChange(env)
  const { home, installation } = opened
  if (name === installation.worker) throw localName(name)
  const variables = parseEnvFile(await readFile(home.stackEnv, 'utf8').catch(() => ''))
  const { CARYA_USER: user, CARYA_IMAGE_SERVICES: image } = variables
  if (!user || !image) throw neverUp(home)
  const store = storePath(home, installation)

  const known = installation.workers?.[name]
  const pool = options.pool ?? known?.pool ?? installation.pool
  const broker = options.broker === undefined ? known?.broker : options.broker || undefined
  installation.workers = { ...installation.workers, [name]: { pool, broker } }
  installation.removed = installation.removed?.filter((each) => each !== name)
  const secrets = await ensureSecrets(home, Object.keys(installation.workers))
  if (options.newPassword) {
    secrets.workers[name] = freshPassword()
    await keepSecrets(home, secrets)
  }
  await writeDefinitions(home, installation, secrets)
  await saveInstallation(home, installation)
  const running = await findRunningBroker(installation, env)
  await running?.readUsers()
  if (options.newPassword) await running?.disconnect(workerUser(name))

  const { host, port, isReachable } = brokerAddress(installation, name)
  const url = amqpUrl(workerUser(name), secrets.workers[name] ?? '', host, port)
  const changes = known
    ? [
        ...(known.pool === pool ? [] : [`its pool is ${pool} (before: ${known.pool})`]),
        ...(known.broker === broker ? [] : [`it reaches the broker at ${host}:${port}`]),
        ...(options.newPassword ? ['its password is new'] : []),
      ]
    : []
  return {
    name,
    pool,
    user: workerUser(name),
    amqp: url,
    installation: installation.id,
    store,
    image,
    env: {
      CARYA_AMQP_URL: url,
      CARYA_WORKER: name,
      CARYA_POOL: pool,
      CARYA_INSTALLATION: installation.id,
      CARYA_STORE: store,
      CARYA_USER: user,
      CARYA_IMAGE_SERVICES: image,
    },
    applied: running !== undefined,
    isReachable,
    changes,
  }
}

export type RemovedWorker = {
  name: string
  installation: string
  /** Whether it is locked out already; else it will be when the broker is started. */
  applied: boolean
  /** How many runs it held when last heard of; absent where the service does not answer. */
  runs?: number
  /** Whether the service has forgotten it; else it will when the worker is lost and holds nothing. Absent likewise. */
  forgotten?: boolean
}

/**
 * Deletes a worker's user, closes its connections, and has the service forget it when it is gone. Undefined where it
 * was not added here, or nothing is here.
 */
export async function removeWorker(name: string, env: NodeJS.ProcessEnv): Promise<RemovedWorker | undefined> {
  if (!(await readInstallation(findHome(env)))) return undefined
  await using opened = await openForChange(env)
  const { home, installation } = opened
  if (name === installation.worker) throw localName(name)
  const { [name]: found, ...others } = installation.workers ?? {}
  const isPending = installation.removed?.includes(name) === true
  if (!found && !isPending) return undefined
  installation.workers = others
  if (!isPending) installation.removed = [...(installation.removed ?? []), name]
  await writeDefinitions(home, installation, await ensureSecrets(home, Object.keys(others)))
  await saveInstallation(home, installation)
  const applied = await forgetRemoved(home, installation, env)
  const left = await leave(name, home, installation)
  return {
    name,
    installation: installation.id,
    applied,
    ...(left && { runs: left.attempts, forgotten: left.forgotten }),
  }
}

/** Has a running broker delete the users of workers that were removed; whether that is done. Hold the lock. */
export async function forgetRemoved(
  home: Home,
  installation: Installation,
  env: NodeJS.ProcessEnv,
): Promise<boolean> {
  if (!installation.removed?.length) return true
  const running = await findRunningBroker(installation, env)
  if (!running) return false
  for (const name of installation.removed) await running.deleteUser(workerUser(name))
  installation.removed = undefined
  await writeDefinitions(
    home,
    installation,
    await ensureSecrets(home, Object.keys(installation.workers ?? {})),
  )
  await saveInstallation(home, installation)
  return true
}

async function openForChange(
  env: NodeJS.ProcessEnv,
): Promise<AsyncDisposable & { home: Home; installation: Installation }> {
  const found = findHome(env)
  if (!(await readInstallation(found))) throw neverUp(found)
  const home = await openHome(env)
  const lock = await takeLock(home.lock, (pid) => {
    notice(`another carya command (process ${pid}) is at work on ${home.path}; waiting for it`)
  })
  const installation = await readInstallation(home)
  if (!installation) {
    await lock[Symbol.asyncDispose]()
    throw neverUp(home)
  }
  return { home, installation, [Symbol.asyncDispose]: () => lock[Symbol.asyncDispose]() }
}

/** Has the service forget a worker as soon as it is gone; undefined where the service does not answer. */
async function leave(
  name: string,
  home: Home,
  installation: Installation,
): Promise<Pick<ForgottenWorker, 'attempts' | 'forgotten'> | undefined> {
  const { api, token } = await clientSettings(home, installation)
  const answer = await fetch(`${api}/v1/workers/${name}?when=gone`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(5000),
  }).catch(() => undefined)
  // one that was never heard of
  if (answer?.status === 404) return { attempts: 0, forgotten: true }
  if (!answer?.ok) return undefined
  const left: ForgottenWorker = JSON.parse(await answer.text())
  return left
}

function checkName(given: string, path: string): void {
  const [issue] = Name.safeParse(given).error?.issues ?? []
  if (!issue) return
  throw new CommandFailure(exitCodes.usage, {
    title: `${path} is no name.`,
    errors: [{ path, value: given, detail: issue.message }],
  })
}

const localName = (name: string) =>
  new CommandFailure(exitCodes.usage, {
    title: `${name} is the worker of this machine, which belongs to the stack.`,
    help: ['Give the other host’s worker another name.'],
  })

const neverUp = ({ path }: Home) =>
  new CommandFailure(exitCodes.unreachable, {
    title: 'There is no installation here.',
    detail: `Looked in ${path}.`,
    help: ['carya up makes one; CARYA_HOME names another folder.'],
  })
