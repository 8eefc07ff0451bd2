/**
 * The broker's topology as data. Arguments of a queue can never be changed later, so quorum queues have from the
 * first day a positive delivery limit (-1 would drop at the first requeue on 3.10), a dead-letter exchange with
 * the at-least-once strategy, and the overflow that strategy needs.
 */
export type ExchangeType = 'fanout' | 'direct' | 'topic'
export type ExchangeDeclaration = { name: string; type: ExchangeType }
export type QueueDeclaration = {
  name: string
  arguments: Record<string, string | number>
  bindings: { exchange: string; key: string }[]
}

export const exchanges = {
  requests: 'carya.requests',
  jobs: 'carya.jobs',
  reports: 'carya.reports',
  heartbeats: 'carya.heartbeats',
  control: 'carya.control',
  events: 'carya.events',
  rejected: 'carya.rejected',
  dead: 'carya.dead',
} as const

export const queues = {
  requests: 'carya.requests',
  reports: 'carya.reports',
  heartbeats: 'carya.heartbeats',
  rejected: 'carya.rejected',
  dead: 'carya.dead',
} as const

/** Seconds between heartbeats, at most; the queue drops those older than three of them. */
export const BEAT_SECONDS = 5

const DELIVERY_LIMIT = 20
const REJECTED_BYTES = 64 * 2 ** 20
const DEAD_BYTES = 256 * 2 ** 20

const quorum = {
  'x-queue-type': 'quorum',
  'x-delivery-limit': DELIVERY_LIMIT,
  'x-dead-letter-exchange': exchanges.dead,
  'x-dead-letter-strategy': 'at-least-once',
  'x-overflow': 'reject-publish',
}

export const exchangeDeclarations: readonly ExchangeDeclaration[] = [
  { name: exchanges.requests, type: 'fanout' },
  { name: exchanges.jobs, type: 'direct' },
  { name: exchanges.reports, type: 'fanout' },
  { name: exchanges.heartbeats, type: 'fanout' },
  { name: exchanges.control, type: 'topic' },
  { name: exchanges.events, type: 'topic' },
  { name: exchanges.rejected, type: 'fanout' },
  { name: exchanges.dead, type: 'fanout' },
]

export const queueDeclarations: readonly QueueDeclaration[] = [
  { name: queues.requests, arguments: quorum, bindings: [{ exchange: exchanges.requests, key: '' }] },
  { name: queues.reports, arguments: quorum, bindings: [{ exchange: exchanges.reports, key: '' }] },
  {
    name: queues.heartbeats,
    arguments: {
      'x-queue-type': 'classic',
      'x-message-ttl': 3 * BEAT_SECONDS * 1000,
      'x-max-length': 10_000,
      'x-overflow': 'drop-head',
    },
    bindings: [{ exchange: exchanges.heartbeats, key: '' }],
  },
  {
    name: queues.rejected,
    arguments: {
      'x-queue-type': 'quorum',
      'x-delivery-limit': DELIVERY_LIMIT,
      'x-max-length-bytes': REJECTED_BYTES,
      'x-overflow': 'drop-head',
    },
    bindings: [{ exchange: exchanges.rejected, key: '' }],
  },
  {
    name: queues.dead,
    arguments: {
      'x-queue-type': 'quorum',
      'x-delivery-limit': DELIVERY_LIMIT,
      'x-max-length-bytes': DEAD_BYTES,
      'x-overflow': 'reject-publish',
    },
    bindings: [{ exchange: exchanges.dead, key: '' }],
  },
]

/** The queue of a pool's jobs; its name is also the routing key. */
export const poolQueue = (pool: string): string => `carya.jobs.${pool}`

/** The queue of jobs meant for one worker; its name is also the routing key. */
export const workerQueue = (pool: string, worker: string): string => `carya.jobs.${pool}.${worker}`

/** A job queue as the dispatcher declares it. */
export function jobQueue(name: string): QueueDeclaration {
  return { name, arguments: quorum, bindings: [{ exchange: exchanges.jobs, key: name }] }
}

/** A worker's own exclusive queue of orders: also the lock on its name (H18). Bound by its name as key. */
export const controlQueue = (worker: string): string => `carya.control.${worker}`

/** Routing key of an event: `run.<state>.<model>`; model names have no dots. */
export function eventKey(state: string, model: string): string {
  return `run.${state}.${model.split('@')[0]}`
}

/** Routing key of an event of an ensemble: `ensemble.<state>.<model>`. */
export function ensembleEventKey(state: string, model: string): string {
  return `ensemble.${state}.${model.split('@')[0]}`
}

/** Header of every message of ours that a commit caused: the commit's sequence number (H4). */
export const SEQ_HEADER = 'carya-seq'

/** No installation makes so many commits: 15,000 a second would take ten thousand years. */
export const MOST_SEQ = 2 ** 52

/**
 * Whether a `reply_to` may be answered: direct reply-to, a server-named queue, or the submitter's own
 * `reply.<user>.<word>`. Anything else would let a submitter write into others' queues with our rights.
 */
export function mayReplyTo(replyTo: string, user: string): boolean {
  const own = `reply.${user}.`
  return (
    replyTo.startsWith('amq.rabbitmq.reply-to.') ||
    replyTo.startsWith('amq.gen-') ||
    // one word more and no other: the queues of a user `a.b` are not those of a user `a`
    (replyTo.startsWith(own) && /^[^.]+$/.test(replyTo.slice(own.length)))
  )
}

/** The dispatcher's login: only with it does an `expire` count. */
export const DISPATCHER_USER = 'dispatcher'

/** A worker's login: its reports count only with it. */
export const workerUser = (worker: string): string => `worker-${worker}`
