/**
 * How long a command waits for a run or an ensemble: until Ctrl-C or `--timeout`, whichever comes first. What it waited
 * for goes on either way.
 */
import { kindOf, shortId } from '../client/find-run.ts'
import { exitCodes, type ExitCode } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'

export type Patience = Disposable & { signal: AbortSignal }

/** A signal that aborts with the failure to end the command with. A second Ctrl-C ends the process at once. */
export function patienceFor(id: string, timeoutSeconds?: number): Patience {
  const stop = new AbortController()
  const end = (code: ExitCode, title: string) => stop.abort(new CommandFailure(code, left(id, title)))
  const interrupt = () => end(exitCodes.interrupted, 'Interrupted')
  process.once('SIGINT', interrupt)
  const timer =
    timeoutSeconds === undefined
      ? undefined
      : setTimeout(() => end(exitCodes.timeout, 'The time to wait is over'), timeoutSeconds * 1000)
  return {
    signal: stop.signal,
    [Symbol.dispose]() {
      process.off('SIGINT', interrupt)
      clearTimeout(timer)
    },
  }
}

function left(id: string, title: string) {
  const short = shortId(id)
  const back = kindOf(id) === 'ensemble' ? 'wait' : 'logs -f'
  return {
    title: `${title}; ${short} goes on`,
    id,
    help: [`Return to it: carya ${back} ${short}`, `Cancel it:    carya cancel ${short}`],
  }
}

/** Seconds in the duration of an option; fails as wrong use where it is none. */
export async function secondsOf(option: string, text: string): Promise<number> {
  const { parseDuration } = await import('@carya/contracts')
  const seconds = parseDuration(text)
  // a timer beyond 24.8 days would fire at once
  if (seconds !== undefined && seconds > 0 && seconds < 2 ** 31 / 1000) return seconds
  throw new CommandFailure(exitCodes.usage, {
    title: `${option} is not understood`,
    errors: [
      { path: option, value: text, detail: 'a duration of at most 24 days, for example 90s, 10m or 2h' },
    ],
  })
}
