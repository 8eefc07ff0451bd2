/**
 * Reads the heads of a pool's lines in one exchange, instead of one for each level of them: the feed runs for every
 * run that comes and ends, and each exchange costs more than what is read. It only reads; what is next is decided in
 * `domain/`.
 */
import type { Redis } from 'ioredis'
import { keys } from './keys.ts'

/** Shares and lines looked at in one round; of each line fewer runs where there are many shares. */
const SHARES = 32
const LINES = 11
/** Once records of so many bytes were read, only a few more of each line are. */
const LOOK_BYTES = 4 * 2 ** 20
const FEW = 8

const SCRIPT = `
local shares = redis.call('ZRANGE', KEYS[1], 0, ARGV[4] - 1, 'WITHSCORES')
local head = #shares <= 8 and 64 or 16
local left = tonumber(ARGV[6])
local answer = {}
for i = 1, #shares, 2 do
  local lines = redis.call('ZRANGE', ARGV[1] .. shares[i], 0, ARGV[5] - 1, 'WITHSCORES')
  local told = {}
  for j = 1, #lines, 2 do
    local key = ARGV[2] .. lines[j] .. ':' .. shares[i]
    local runs = {}
    for _, id in ipairs(redis.call('ZRANGE', key, 0, head - 1)) do
      if left <= 0 and #runs >= tonumber(ARGV[7]) then break end
      local record = redis.call('HGET', ARGV[3] .. id, 'record') or ''
      left = left - #record
      runs[#runs + 1] = {id, record}
    end
    told[#told + 1] = {lines[j], lines[j + 1], key, runs, redis.call('ZCARD', key) - #runs}
  end
  answer[#answer + 1] = {shares[i], shares[i + 1], told}
end
return answer`

export type HeadOfLine = [
  priority: string,
  virtual: string,
  key: string,
  runs: [id: string, record: string][],
  /** how many more stand behind these */
  more: number,
]
export type ShareRow = [submitter: string, virtual: string, lines: HeadOfLine[]]

declare module 'ioredis' {
  interface RedisCommander {
    caryaBacklog(
      sharesKey: string,
      linesPrefix: string,
      linePrefix: string,
      runPrefix: string,
      shares: number,
      lines: number,
      lookBytes: number,
      few: number,
    ): Promise<ShareRow[]>
  }
}

export function defineBacklog(redis: Redis): void {
  redis.defineCommand('caryaBacklog', { numberOfKeys: 1, lua: SCRIPT, readOnly: true })
}

/** Shares by virtual time, their lines by virtual time, and the runs at each line's head; a record that is gone is empty. */
export function readBacklog(redis: Redis, pool: string): Promise<ShareRow[]> {
  return redis.caryaBacklog(
    keys.shares(pool),
    keys.lines(pool, ''),
    keys.linesOfPriority(pool),
    keys.run(''),
    SHARES,
    LINES,
    LOOK_BYTES,
    FEW,
  )
}

/** So many shares that empty ones among them could hide others. */
export const MANY_SHARES = SHARES / 2
