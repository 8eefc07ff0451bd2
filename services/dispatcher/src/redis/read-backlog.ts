/**
 * Reads the heads of a pool's lines in one exchange, instead of one for each level of them: the feed runs for every
 * run that comes and ends, and each exchange costs more than what is read. It only reads; what is next is decided in
 * `domain/`.
 */
import type { Redis } from 'ioredis'
import { ALL, type Beyond } from '../domain/beyond.ts'
import { keys } from './keys.ts'

/** Shares and lines looked at in one round; of each line fewer runs where there are many shares. */
export const SHARES = 32
/** As many as there are priorities, and ensembles. */
export const LINES = 64
/** Once records of so many bytes were read, only a few more of each line are. */
const LOOK_BYTES = 4 * 2 ** 20
const FEW = 8

/** Members that one round can feed of an ensemble. */
const MEMBERS = 64

/**
 * Some lines stand in front and have nothing to offer: ensembles at their bound on members at once (`isFull`) for as long
 * as these run, and those that are looked beyond to their end. They are not counted among the lines looked at, nor are
 * shares that have no others, or many of them would hide all that may go on.
 */
const SCRIPT = `
local beyond = cjson.decode(ARGV[10])
local function isFull(name, key)
  if string.sub(name, 1, 1) ~= 'e' or redis.call('ZCARD', key) > 0 then return false end
  local record = redis.call('HGET', ARGV[8] .. name, 'record')
  local bound = record and cjson.decode(record).maxParallel
  return bound and redis.call('SCARD', ARGV[8] .. name .. ':live') >= bound
end
local function startOf(tail)
  local last = beyond[tail]
  if not last then return 0 end
  if last == '${ALL}' then return redis.call('ZCARD', ARGV[2] .. tail) end
  local rank = redis.call('ZRANK', ARGV[2] .. tail, last)
  return rank and rank + 1 or 0
end
local function hasFresh(name)
  if string.sub(name, 1, 1) ~= 'e' then return false end
  local record = cjson.decode(redis.call('HGET', ARGV[8] .. name, 'record') or '{}')
  return (record.cursor or 0) < (record.members or 0) or redis.call('BITPOS', ARGV[8] .. name .. ':again', 1) >= 0
end
local function hasNothing(name, share)
  local tail = name .. ':' .. share
  local last = beyond[tail]
  if last and startOf(tail) >= redis.call('ZCARD', ARGV[2] .. tail) and (last == '${ALL}' or not hasFresh(name)) then
    return true
  end
  return isFull(name, ARGV[2] .. tail)
end
-- members of a sorted set, the first page of them all, of the others and at most so many those that are open
local function pages(key, most, isOpen)
  local from, open, found = 0, 0, {}
  repeat
    local page = redis.call('ZRANGE', key, from, from + most - 1, 'WITHSCORES')
    local isCut = #page == 2 * most
    for i = 1, #page, 2 do
      local isHidden = (isCut or from > 0) and not isOpen(page[i])
      if not isHidden then open = open + 1 end
      if not isHidden or from == 0 then
        found[#found + 1] = page[i]
        found[#found + 1] = page[i + 1]
      end
    end
    from = from + most
  until not isCut or open >= most or from >= 16 * most
  return found
end
local function linesOf(share)
  return pages(ARGV[1] .. share, tonumber(ARGV[5]), function(name) return not hasNothing(name, share) end)
end
local shares = pages(KEYS[1], tonumber(ARGV[4]), function(share)
  local lines = linesOf(share)
  for i = 1, #lines, 2 do
    if not hasNothing(lines[i], share) then return true end
  end
  return #lines == 0
end)
local head = #shares <= 8 and 64 or 16
local left = tonumber(ARGV[6])
local answer = {}
for i = 1, #shares, 2 do
  local lines = linesOf(shares[i])
  local told = {}
  for j = 1, #lines, 2 do
    local tail = lines[j] .. ':' .. shares[i]
    local key = ARGV[2] .. tail
    local start = startOf(tail)
    local runs = {}
    for _, id in ipairs(redis.call('ZRANGE', key, start, start + head - 1)) do
      if left <= 0 and #runs >= tonumber(ARGV[7]) then break end
      local record = redis.call('HGET', ARGV[3] .. id, 'record') or ''
      left = left - #record
      runs[#runs + 1] = {id, record}
    end
    local ensemble, again, rows = '', {}, 0
    if string.sub(lines[j], 1, 1) == 'e' then
      ensemble = redis.call('HGET', ARGV[8] .. lines[j], 'record') or ''
      rows = redis.call('XLEN', ARGV[8] .. lines[j] .. ':rows')
      local at = 0
      while #again < tonumber(ARGV[9]) do
        at = redis.call('BITPOS', ARGV[8] .. lines[j] .. ':again', 1, at, -1, 'BIT')
        if at < 0 then break end
        again[#again + 1] = at
        at = at + 1
      end
    end
    local behind = redis.call('ZCARD', key) - start - #runs
    told[#told + 1] = {lines[j], lines[j + 1], key, runs, start, behind, ensemble, again, rows}
  end
  answer[#answer + 1] = {shares[i], shares[i + 1], told, redis.call('HGET', KEYS[2], shares[i]) or '0'}
end
return answer`

export type HeadOfLine = [
  name: string,
  virtual: string,
  key: string,
  runs: [id: string, record: string][],
  /** how many stand before these, and were looked beyond */
  before: number,
  /** how many more stand behind them */
  behind: number,
  /** the record of the ensemble whose line it is; empty where it is none's, or gone */
  ensemble: string,
  /** indices of its members that are to run again, the first of them */
  again: number[],
  /** how many rows of it are not in the store yet */
  rows: number,
]
export type ShareRow = [submitter: string, virtual: string, lines: HeadOfLine[], clock: string]

declare module 'ioredis' {
  interface RedisCommander {
    caryaBacklog(
      sharesKey: string,
      clocksKey: string,
      linesPrefix: string,
      linePrefix: string,
      runPrefix: string,
      shares: number,
      lines: number,
      lookBytes: number,
      few: number,
      ensemblePrefix: string,
      members: number,
      beyond: string,
    ): Promise<ShareRow[]>
  }
}

export function defineBacklog(redis: Redis): void {
  redis.defineCommand('caryaBacklog', { numberOfKeys: 2, lua: SCRIPT, readOnly: true })
}

/** Shares by virtual time, their lines by virtual time, and the runs at each line's head; a record that is gone is empty. */
export function readBacklog(redis: Redis, pool: string, beyond: Beyond): Promise<ShareRow[]> {
  return redis.caryaBacklog(
    keys.shares(pool),
    keys.clocks(pool),
    keys.lines(pool, ''),
    keys.linesOf(pool),
    keys.run(''),
    SHARES,
    LINES,
    LOOK_BYTES,
    FEW,
    keys.ensemble(''),
    MEMBERS,
    JSON.stringify(Object.fromEntries(beyond)),
  )
}

/** So many shares that empty ones among them could hide others. */
export const MANY_SHARES = SHARES / 2
