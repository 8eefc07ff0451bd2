/**
 * What a pull that failed means. What may be otherwise in a moment (the connection, a registry that is away or busy)
 * is tried again on this host; what the registry has answered (no such image, not for you) is not. Engines say most of
 * it in words alone, and under statuses of no meaning.
 */

const PASSES =
  /time(?:d )?-?out|deadline exceeded|connection (?:refused|reset)|broken pipe|\bEOF\b|no such host|temporary failure|server misbehaving|(?:network|host) is unreachable|no route to host|request canceled|too ?many ?requests|status(?: code)?:? (?:429|5\d\d)\b/i
const STAYS =
  /denied|unauthori[sz]ed|forbidden|no basic auth|not found|unknown|no matching manifest|invalid|malformed|HTTP response to HTTPS|x509|certificate|no space left|unsupported|not supported/i

/** `status`: the engine's; absent where it had begun to answer, and the words came in the middle of that. */
export function mayPass(words: string, status?: number): boolean {
  if (PASSES.test(words)) return true
  if (STAYS.test(words)) return false
  return status === undefined || status >= 500
}

export const MOST_TRIES = 4
const FIRST_PAUSE_SECONDS = 1

/** Seconds before the next try after `tries` of them: doubling, half of it jitter. `random` is in [0, 1). */
export function pauseAfter(tries: number, random: number): number {
  const whole = FIRST_PAUSE_SECONDS * 2 ** (tries - 1)
  return whole / 2 + (whole / 2) * random
}

const MOST_WORDS = 500

/** What a registry said, in one line that harms no log or terminal. */
export function wordsOf(text: string): string {
  const line = text
    .replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .toWellFormed()
    .trim()
  return line.length > MOST_WORDS ? `${line.slice(0, MOST_WORDS - 1).toWellFormed()}…` : line
}
