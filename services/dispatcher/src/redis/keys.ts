/** Names of everything in Redis. One place, so that a reader sees what there is. */
export const keys = {
  /** version of this layout; a newer one is refused at start */
  schema: 'carya:schema',
  /** counts commits (H4) */
  seq: 'carya:seq',
  /** the last time that Redis was found emptied or put back, and what was lost then */
  recovery: 'carya:recovery',
  recoveryLost: 'carya:recovery:lost',
  outbox: (lane: string) => `carya:outbox:${lane}`,
  /** what server-sent events tell: a stream, capped */
  feed: 'carya:feed',

  run: (id: string) => `carya:run:${id}`,
  /** submissions, newest last by name: `<ulid><letter>`; members have no entry */
  submissions: 'carya:runs',
  byState: (state: string) => `carya:runs:state:${state}`,
  byModel: (name: string) => `carya:runs:model:${name}`,
  bySubmitter: (submitter: string) => `carya:runs:submitter:${submitter}`,
  byLabel: (name: string, value: string) => `carya:runs:label:${name}=${value}`,
  /** runs not to be fed before a time, by that time */
  due: 'carya:due',
  /** runs that have a deadline and are not being stopped, by that time */
  deadlines: 'carya:deadlines',
  /** ended runs by the time of their end: what retention removes */
  ended: 'carya:ended',
  /** idempotency: the client's key, or the AMQP message id, per submitter */
  key: (submitter: string, kind: 'key' | 'message', key: string) => `carya:key:${submitter}:${kind}:${key}`,
  /** requests without a key, by the hash of their message: an ack can be as late as the longest outage (H13) */
  taken: (hash: string) => `carya:taken:${hash}`,

  /** how often the reconciler mended what */
  mended: 'carya:mended',
  /** when each recurring timer was last heeded, by any dispatcher */
  heeded: 'carya:heeded',

  /** pools that have runs, or had any lately */
  pools: 'carya:pools',
  pool: (pool: string) => `carya:pool:${pool}`,
  /** submitters with runs waiting, by virtual time */
  shares: (pool: string) => `carya:pool:${pool}:shares`,
  /** names of one submitter's lines with runs waiting, by virtual time */
  lines: (pool: string, submitter: string) => `carya:pool:${pool}:lines:${submitter}`,
  /** runs of a line, whose name is a priority or an ensemble's id */
  line: (pool: string, submitter: string, name: string) => `${keys.linesOf(pool)}${name}:${submitter}`,
  /** what the lines' keys begin with, before name and submitter */
  linesOf: (pool: string): string => `carya:pool:${pool}:line:`,
  /** each share's clock: the virtual time at which one of its lines was served last */
  clocks: (pool: string) => `carya:pool:${pool}:clocks`,
  /** counts runs that came into a line, or into the pool: guards the removal of what was seen empty */
  arrivals: (pool: string) => `carya:pool:${pool}:arrivals`,
  /** runs with a job in a queue, and runs granted, each with what it takes of whose room: sets, never counters (H20) */
  queued: (pool: string) => `carya:pool:${pool}:queued`,
  running: (pool: string) => `carya:pool:${pool}:running`,

  ensemble: (id: string) => `carya:ensemble:${id}`,
  /** what was pinned: it may be large, and is written once or twice */
  spec: (id: string) => `carya:ensemble:${id}:spec`,
  /** indices of members that have a record */
  live: (id: string) => `carya:ensemble:${id}:live`,
  /** ended members, a bit for each index: all of them (`any`), and those of one end */
  endedMembers: (id: string, word: string) => `carya:ensemble:${id}:ended:${word}`,
  /** failed members that are to be run again, a bit for each */
  again: (id: string) => `carya:ensemble:${id}:again`,
  /** rows of ended members that are not in the store yet: a stream */
  rows: (id: string) => `carya:ensemble:${id}:rows`,
  /** which dispatcher writes its results */
  results: (id: string) => `carya:ensemble:${id}:results`,
  /** ensembles, newest last by name */
  ensembles: 'carya:ensembles',
  /** those that have not ended, or whose results are not made yet */
  openEnsembles: 'carya:ensembles:open',
  /** by the time of their end */
  endedEnsembles: 'carya:ensembles:ended',

  model: (ref: string) => `carya:model:${ref}`,
  models: 'carya:models',
  defaults: 'carya:models:defaults',

  workers: 'carya:workers',
  worker: (name: string) => `carya:worker:${name}`,
  /** attempts granted to a worker and not ended */
  held: (name: string) => `carya:worker:${name}:held`,
  /** answers of workers about images, for as long as somebody may wait */
  resolved: (request: string) => `carya:resolved:${request}`,
} as const

/** Channels of Redis' own publish and subscribe: hints only, nothing depends on them. */
export const channels = {
  resolved: 'carya:resolved',
  log: (run: string) => `carya:log:${run}`,
} as const

/** How a submission stands in the indexes: by time first, whatever its letter. */
export const indexName = (id: string): string => `${id.slice(1)}${id[0]}`

/** Back from `indexName`. */
export const idOfIndexName = (name: string): string => `${name.at(-1)}${name.slice(0, -1)}`
