/** What a client needs to know of an installation: what `carya env` prints. */
import type { Home } from './home.ts'
import type { Installation } from './installation.ts'
import { addressForHosts } from './listen.ts'
import { defaultPorts } from './ports.ts'
import { amqpUrl, readSecrets, SUBMITTER } from './secrets.ts'
import { storePath } from './store-folder.ts'

export type ClientSettings = {
  /** The API's URL, without a slash at its end. */
  api: string
  token: string
  /** The broker's URL with the credentials of a submitter. */
  amqp: string
  /** Absolute path. */
  store: string
  /** The broker's address for workers on other hosts, without credentials; absent where it listens on loopback alone. */
  hosts?: string
}

/** The settings, read from the state folder; the stack need not be up. `up` must have run once. */
export async function clientSettings(home: Home, installation: Installation): Promise<ClientSettings> {
  const secrets = await readSecrets(home)
  if (!secrets) throw new Error(`there are no secrets in ${home.secrets}`)
  const { amqp, http } = installation.ports ?? defaultPorts
  const address = addressForHosts(installation.listen)
  return {
    api: `http://127.0.0.1:${http}`,
    token: secrets.token,
    amqp: amqpUrl(SUBMITTER, secrets.submitter, '127.0.0.1', amqp),
    store: storePath(home, installation),
    ...(address !== undefined && { hosts: `amqp://${address}:${amqp}/%2F` }),
  }
}
