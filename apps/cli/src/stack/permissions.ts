/**
 * Who may do what on the broker. Every kind of writer has an exchange of its own, so that these patterns can say it;
 * nobody but the dispatcher may write to the default exchange, through which any queue can be reached.
 *
 * - The dispatcher declares the topology and may do everything.
 * - A worker declares and binds its own control queue (with its own name as key only, by the topic permission),
 *   publishes reports and heartbeats, and reads the jobs of its pool and its own.
 * - A submitter publishes requests, declares `reply.<user>.*` and server-named queues for the answers, and may bind
 *   them to the events. Direct reply-to needs no permission.
 */
import { controlQueue, exchanges, poolQueue, workerQueue } from '@carya/contracts'

export type Permissions = { configure: string; write: string; read: string }

/** Permissions on one topic exchange: patterns of routing keys. */
export type TopicPermissions = { exchange: string; write: string; read: string }

export type Grants = { permissions: Permissions; topics: readonly TopicPermissions[] }

const NOTHING = '^$'

/** A pattern that matches exactly these names. */
export function anyOf(...names: readonly string[]): string {
  return `^(${names.map(quote).join('|')})$`
}

const quote = (name: string): string => name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

export const dispatcherGrants: Grants = {
  permissions: { configure: '.*', write: '.*', read: '.*' },
  topics: [],
}

/** What a user may do who is to be deleted. */
export const noGrants: Grants = {
  permissions: { configure: NOTHING, write: NOTHING, read: NOTHING },
  topics: [],
}

/** What a worker of a pool may do. */
export function workerGrants(worker: string, pool: string): Grants {
  const control = controlQueue(worker)
  return {
    permissions: {
      configure: anyOf(control),
      write: anyOf(exchanges.reports, exchanges.heartbeats, control),
      read: anyOf(poolQueue(pool), workerQueue(pool, worker), exchanges.control, control),
    },
    topics: [{ exchange: exchanges.control, write: NOTHING, read: anyOf(worker) }],
  }
}

/** What a submitter may do. */
export function submitterGrants(user: string): Grants {
  const own = String.raw`^(amq\.gen.*|reply\.${quote(user)}\..*)$`
  const and = (name: string) => own.replace('^(', `^(${quote(name)}|`)
  return {
    permissions: { configure: own, write: and(exchanges.requests), read: and(exchanges.events) },
    topics: [],
  }
}
