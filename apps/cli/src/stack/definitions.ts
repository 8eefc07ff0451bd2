/**
 * The broker's users, as the definitions file it reads at every start. It holds salted hashes, no passwords. The
 * topology is not here, since the dispatcher declares it, but for the exchanges that topic permissions name: from
 * 4.3 on a broker that does not know them refuses the permissions, and does not start.
 *
 * A user that is not in the file any more stays in the broker's database. So one that was removed stays in the file,
 * without a password and without a right, until the broker has deleted it.
 */
import { exchangeDeclarations } from '@carya/contracts'
import { createHash } from 'node:crypto'
import { type Grants, noGrants } from './permissions.ts'

export type BrokerUser = { name: string; password: string; grants: Grants }

/** Queues declared without a type become quorum queues, so that plain clients agree with explicit ones. */
const VHOST = { name: '/', default_queue_type: 'quorum', metadata: { default_queue_type: 'quorum' } }

/** As the dispatcher declares its exchanges; anything else would be another exchange, and refused. */
const AS_DECLARED = { durable: true, auto_delete: false, internal: false, arguments: {} }

/** RabbitMQ's own form of a password: base64 of the salt (4 bytes) followed by SHA-256 of salt and password. */
export function passwordHash(password: string, salt: Uint8Array): string {
  const digest = createHash('sha256').update(salt).update(password, 'utf8').digest()
  return Buffer.concat([salt, digest]).toString('base64')
}

/** The definitions for these users; `salt` gives four random bytes for each. Those `removed` are locked out. */
export function brokerDefinitions(
  users: readonly BrokerUser[],
  salt: (user: string) => Uint8Array,
  removed: readonly string[] = [],
): object {
  const all = [
    ...users.map(({ name, password, grants }) => ({
      name,
      hash: passwordHash(password, salt(name)),
      grants,
    })),
    // nobody can log in with an empty hash
    ...removed.map((name) => ({ name, hash: '', grants: noGrants })),
  ]
  const topics = all.flatMap(({ name, grants }) =>
    grants.topics.map((topic) => ({ user: name, vhost: VHOST.name, ...topic })),
  )
  const named = new Set(topics.map(({ exchange }) => exchange))
  return {
    vhosts: [VHOST],
    users: all.map(({ name, hash }) => ({
      name,
      password_hash: hash,
      hashing_algorithm: 'rabbit_password_hashing_sha256',
      tags: [],
      limits: {},
    })),
    permissions: all.map(({ name, grants }) => ({ user: name, vhost: VHOST.name, ...grants.permissions })),
    topic_permissions: topics,
    exchanges: exchangeDeclarations
      .filter(({ name }) => named.has(name))
      .map(({ name, type }) => ({ name, type, vhost: VHOST.name, ...AS_DECLARED })),
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
