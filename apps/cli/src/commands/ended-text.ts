/** How a run ended, for people who ask why it does not run. */
import type { RunView } from '@carya/contracts'
import { printable } from '../terminal/text.ts'
import { localTime, relativeTime } from '../terminal/time.ts'
import { lastLines } from './run-text.ts'
import { wrapped, type Layout } from './why-text.ts'

const INDENT = '  '

const words: Partial<Record<RunView['state'], string>> = {
  succeeded: 'It succeeded',
  failed: 'It failed',
  cancelled: 'It was cancelled',
}

/** When and how, and of one that failed the last lines of its log; all but these fits the terminal. */
export function endedLines(run: RunView, { width, now, utc }: Layout): string[] {
  // whole: a run that is no longer listed is not found by its end
  const { id, state, endedAt, logTail } = run
  const when = endedAt === undefined ? '' : ` at ${localTime(endedAt, utc)}, ${relativeTime(endedAt, now)}`
  const fitted = (text: string) => wrapped(text, width - INDENT.length).map((line) => INDENT + line)
  const log = state === 'failed' ? lastLines(logTail) : []
  return [
    ...fitted(printable(`${words[state] ?? `It is ${state}`}${when}${failureText(run)}`)),
    ...(log.length === 0 ? [] : [`${INDENT}The last lines of its log:`]),
    ...log.map((line) => `${INDENT}| ${line}`),
    ...fitted(log.length === 0 ? `→ carya show ${id}` : `→ carya logs ${id} has all of it`),
  ]
}

/** The kind, what is said of it, and the exit code where that does not say it. */
function failureText({ failure, attempts }: RunView): string {
  if (!failure) return ''
  const exitCode = attempts.at(-1)?.exitCode ?? undefined
  const isSaid = exitCode === undefined || failure.detail.includes('exit code')
  return `: ${failure.kind}, ${failure.detail}${isSaid ? '' : `, exit code ${exitCode}`}`
}
