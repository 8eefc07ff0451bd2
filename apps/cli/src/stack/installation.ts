/**
 * What makes this installation itself and has to survive `down`, `up` and a reboot: its random id (two installations
 * on one engine are told apart by it), its ports, its images, its store and settings, and which versions wrote its
 * data.
 */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { parseEnvFile } from './environment.ts'
import { type Home, homeAt, replaceFile } from './home.ts'
import { systemCode } from './error-code.ts'
import { type Settings, settingsIn } from './kept-settings.ts'

export type Ports = { amqp: number; http: number }

/** Which image last ran on a volume: a volume is not readable by every other version. */
export type DataVersion = { image: string; version: string }

/** `broker`: how it reaches the broker where that is not where it listens, `host` or `host:port`. */
export type OtherWorker = { pool: string; broker?: string | undefined }

export type Installation = {
  v: 1
  id: string
  worker: string
  pool: string
  ports?: Ports
  /** Where inputs and outputs lie, an absolute path; absent where that is in the state folder, which may be moved. */
  store?: string | undefined
  /** Absent until `up` has chosen store and settings. */
  settings?: Settings
  /** The policy of this host for models, as it was given. */
  policy?: string | undefined
  /** Address on which the broker listens beside loopback. */
  listen?: string | undefined
  /** Workers on other hosts, by name; their passwords are among the secrets. */
  workers?: Record<string, OtherWorker>
  /** Workers whose users the broker has not deleted yet. */
  removed?: string[] | undefined
  images?: { rabbitmq: string; redis: string }
  data?: { rabbitmq?: DataVersion; redis?: DataVersion }
}

/** A new installation, not yet saved. */
export function createInstallation(): Installation {
  return { v: 1, id: randomBytes(5).toString('hex'), worker: 'local', pool: 'default' }
}

/** The installation of this state folder, or nothing where `up` has never run. */
export async function readInstallation(home: Home): Promise<Installation | undefined> {
  try {
    const kept: Installation = JSON.parse(await readFile(home.installation, 'utf8'))
    return kept.settings === undefined ? { ...kept, ...(await keptInVariables(home)) } : kept
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** An older version kept store and settings only in the variables that it wrote. */
async function keptInVariables(home: Home): Promise<Pick<Installation, 'store' | 'settings'>> {
  const variables = parseEnvFile(await readFile(home.stackEnv, 'utf8').catch(() => ''))
  const { CARYA_STATE: state, CARYA_STORE: store } = variables
  if (state === undefined) return {}
  const isElsewhere = store !== homeAt(state).store
  return { settings: settingsIn(variables), ...(isElsewhere && { store }) }
}

/** Keeps it; hold the lock. */
export async function saveInstallation(home: Home, installation: Installation): Promise<void> {
  await replaceFile(home.installation, `${JSON.stringify(installation, null, 2)}\n`, 0o600)
}

/** The compose project: its containers, network and volumes are named after it. */
export const projectName = (installation: Installation): string => `carya-${installation.id}`
