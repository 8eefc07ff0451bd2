/**
 * The broker's users, as the definitions file it reads at every start. It holds salted hashes, no passwords. The
 * topology is not here: the dispatcher declares it.
 */
import { createHash } from 'node:crypto'
import type { Grants } from './permissions.ts'

export type BrokerUser = { name: string; password: string; grants: Grants }

/** Queues declared without a type become quorum queues, so that plain clients agree with explicit ones. */
const VHOST = { name: '/', default_queue_type: 'quorum', metadata: { default_queue_type: 'quorum' } }

/** RabbitMQ's own form of a password: base64 of the salt (4 bytes) followed by SHA-256 of salt and password. */
export function passwordHash(password: string, salt: Uint8Array): string {
  const digest = createHash('sha256').update(salt).update(password, 'utf8').digest()
  return Buffer.concat([salt, digest]).toString('base64')
}

/** The definitions for these users; `salt` gives four random bytes for each. */
export function brokerDefinitions(users: readonly BrokerUser[], salt: (user: string) => Uint8Array): object {
  return {
    vhosts: [VHOST],
    users: users.map(({ name, password }) => ({
      name,
      password_hash: passwordHash(password, salt(name)),
      hashing_algorithm: 'rabbit_password_hashing_sha256',
      tags: [],
      limits: {},
    })),
    permissions: users.map(({ name, grants }) => ({ user: name, vhost: VHOST.name, ...grants.permissions })),
    topic_permissions: users.flatMap(({ name, grants }) =>
      grants.topics.map((topic) => ({ user: name, vhost: VHOST.name, ...topic })),
    ),
  }
}

/**
 * Redis's users: the dispatcher, by the hash of its password, and one that may only ask whether Redis is there, for
 * the health check. Redis is not published, but the bridge can be reached by every user of the host.
 */
export function redisUsers(password: string): string {
  const hash = createHash('sha256').update(password, 'utf8').digest('hex')
  return `user default on #${hash} ~* &* +@all\nuser health on nopass resetkeys resetchannels -@all +ping\n`
}
