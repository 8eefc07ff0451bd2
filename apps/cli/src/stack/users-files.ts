/**
 * The files from which broker and Redis read their users. They hold hashes only and may be read by all, since each
 * container reads them under another uid; the folder they lie in lets nobody else in.
 */
import { DISPATCHER_USER, workerUser } from '@carya/contracts'
import { createHash } from 'node:crypto'
import { chmod, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { brokerDefinitions, type BrokerUser } from './definitions.ts'
import { type Home, replaceFile } from './home.ts'
import type { Installation } from './installation.ts'
import { dispatcherGrants, submitterGrants, workerGrants } from './permissions.ts'
import { type Secrets, SUBMITTER } from './secrets.ts'

/** Writes the broker's users: the services, the client, and the workers on other hosts. Hold the lock. */
export async function writeDefinitions(
  home: Home,
  installation: Installation,
  secrets: Secrets,
): Promise<void> {
  const { id, worker, pool, workers = {}, removed = [] } = installation
  const users: BrokerUser[] = [
    { name: DISPATCHER_USER, password: secrets.dispatcher, grants: dispatcherGrants },
    { name: workerUser(worker), password: secrets.worker, grants: workerGrants(worker, pool) },
    { name: SUBMITTER, password: secrets.submitter, grants: submitterGrants(SUBMITTER) },
  ]
  for (const [name, other] of Object.entries(workers)) {
    const password = secrets.workers[name]
    if (password === undefined) throw new Error(`the worker ${name} has no password`)
    users.push({ name: workerUser(name), password, grants: workerGrants(name, other.pool) })
  }
  const definitions = brokerDefinitions(users, (user) => saltFor(id, user), removed.map(workerUser))
  await usersFile(home.definitions, `${JSON.stringify(definitions, null, 2)}\n`)
}

/** Writes such a file where it is not what it should be. */
export async function usersFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  // the broker's is mounted as a whole, whatever mask the caller has
  await chmod(dirname(path), 0o755)
  if ((await readFile(path, 'utf8').catch(() => undefined)) !== text) await replaceFile(path, text, 0o644)
}

/** Unlike for every installation and user, and the same each time, so that the file changes only when a user does. */
function saltFor(installation: string, user: string): Uint8Array {
  return createHash('sha256').update(`${installation}/${user}`).digest().subarray(0, 4)
}
