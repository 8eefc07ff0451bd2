/**
 * The one way state changes: an atomic commit of guards, writes and the messages they cause (the outbox).
 *
 * A guard compares a record's version (empty: the record must not exist); if one does not hold, nothing is
 * written and the caller reads and decides again. ioredis sends a command again when the connection is lost
 * under it, so a commit may arrive twice: then the guards fail on its own work, which its commit id shows, and
 * that counts as success (H12). Where somebody has changed the same record in between, its id is covered and the
 * caller is told of a conflict: what is decided again on top of one's own change must change nothing, as must an event
 * that is delivered twice; a record that only this commit can have made tells by being there. Every commit gets the next number of one sequence, which messages carry (H4).
 * No rule lives in Lua: the script only compares and writes what it is given.
 */
import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { OutMessage } from '../domain/messages.ts'
import { keys } from './keys.ts'

export type Guard = { key: string; version: string }
export type Write = [command: string, key: string, ...args: (string | number)[]]
export type Commit = { guards: Guard[]; writes: Write[]; out: OutMessage[] }

/** A message that is committed and not yet known to be published; `bytes`: about the length of its text. */
export type OutEntry = { id: string; seq: number; message: OutMessage; bytes: number }
export type Committed = { committed: true; entries: OutEntry[] } | { committed: false; conflict: string }

const SCRIPT = `
local plan = cjson.decode(ARGV[2])
for _, guard in ipairs(plan.guards) do
  local version = redis.call('HGET', guard[1], 'version') or ''
  if version ~= guard[2] then
    if redis.call('HGET', guard[1], 'commit') == ARGV[1] then return {'again'} end
    return {'conflict', guard[1]}
  end
end
local seq = redis.call('INCR', KEYS[1])
for _, write in ipairs(plan.writes) do redis.call(unpack(write)) end
local answer = {'done', seq}
for i, lane in ipairs(plan.lanes) do
  answer[i + 2] = redis.call('XADD', lane, '*', 'seq', seq, 'message', ARGV[i + 2])
end
return answer`

declare module 'ioredis' {
  interface RedisCommander {
    caryaCommit(
      seqKey: string,
      commitId: string,
      plan: string,
      ...messages: string[]
    ): Promise<[string, ...unknown[]]>
  }
}

/** Makes the commit command known to this client; a script is named by its hash, so two versions can share a server. */
export function defineCommit(redis: Redis): void {
  redis.defineCommand('caryaCommit', { numberOfKeys: 1, lua: SCRIPT })
}

const observers = new WeakMap<Redis, (seq: number) => void>()

/** Has the sequence number of every commit over this client told, as Redis gave it (H4). */
export function observeCommits(redis: Redis, observer: (seq: number) => void): void {
  observers.set(redis, observer)
}

/** Commits are told apart by the process and their number in it. */
const process = randomBytes(9).toString('base64url')
let commits = 0

/** Applies a commit; resolves when it is fsynced (`appendfsync always`). Throws when Redis is away. */
export async function commit(redis: Redis, { guards, writes, out }: Commit): Promise<Committed> {
  commits += 1
  const commitId = `${process}${commits.toString(36)}`
  const plan = JSON.stringify({
    guards: guards.map(({ key, version }) => [key, version]),
    writes: writes.map((write) => write.map((word) => (word === COMMIT_ID ? commitId : String(word)))),
    lanes: out.map(({ lane }) => keys.outbox(lane)),
  })
  const messages = out.map((message) => JSON.stringify(message))
  const [word, ...rest] = await surely(redis, () => redis.caryaCommit(keys.seq, commitId, plan, ...messages))
  if (word === 'conflict') return { committed: false, conflict: String(rest[0]) }
  // applied by an earlier sending whose answer was lost: the relay publishes what it left in the outbox
  if (word === 'again') return { committed: true, entries: [] }
  const [seq, ...ids] = rest
  observers.get(redis)?.(Number(seq))
  return {
    committed: true,
    entries: out.map((message, i) => ({
      id: String(ids[i]),
      seq: Number(seq),
      message,
      bytes: messages[i]!.length,
    })),
  }
}

/** How long a commit in doubt waits for Redis to be back; it is told as failed then, and may have been made. */
const DOUBT_MS = 5000

/**
 * Sends once more what ioredis gives up: it sends again all that was under way on a connection that was lost, except
 * the rest of a batch that was answered in part. The commit's id makes that harmless.
 */
async function surely<T>(redis: Redis, send: () => Promise<T>): Promise<T> {
  try {
    return await send()
  } catch (err) {
    if (!(err instanceof Error) || err.name !== 'AbortError') throw err
    await readyWithin(redis, DOUBT_MS)
    return send()
  }
}

async function readyWithin(redis: Redis, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const late = setTimeout(resolve, ms)
  redis.once('ready', resolve)
  if (redis.status === 'ready') resolve()
  await promise
  clearTimeout(late)
  redis.off('ready', resolve)
}

/** Stands in a write where the commit's own id goes. */
export const COMMIT_ID = '\0commit'

/** Writes a record with its version and the id of the commit that did it. */
export function writeRecord(key: string, version: number, record: object): Write {
  return ['HSET', key, 'version', version, 'commit', COMMIT_ID, 'record', JSON.stringify(record)]
}
