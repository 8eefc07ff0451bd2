/**
 * Progress on stderr. On a terminal the last lines are redrawn in place; elsewhere (a log, a pipe) a plain line is
 * written when a step begins and ends, and in between each 30 s or 5 %, the rarer.
 */
import { durationText } from './text.ts'

const QUIET_MS = 30_000
const QUIET_SHARE = 0.05

export type Target = { write: (text: string) => unknown; isTTY?: boolean; columns?: number }

export type Step = {
  /** Says what the step is at; `share` (0…1) also draws a bar. */
  update: (text: string, share?: number) => void
  /** Ends the step well; `text` is what stays to be read. */
  done: (text?: string) => void
  /** Ends the step badly, leaving its last state readable. */
  fail: (text?: string) => void
}

/** `███████─────────  45 %` */
export function bar(share: number, width = 16): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width)
  return `${'█'.repeat(filled)}${'─'.repeat(width - filled)} ${String(Math.floor(share * 100)).padStart(3)} %`
}

/** Whether a plain line is due: 30 s and 5 % have both passed since the last one (30 s alone without a share). */
export function lineIsDue(last: { at: number; share: number }, now: number, share?: number): boolean {
  if (now - last.at < QUIET_MS) return false
  return share === undefined || share - last.share >= QUIET_SHARE
}

/** Begins a step. Exactly one is drawn at a time: end it before the next begins. */
export function startStep(title: string, out: Target = process.stderr, clock: () => number = Date.now): Step {
  const animated = out.isTTY === true && process.env['TERM'] !== 'dumb'
  const began = clock()
  let last = { at: began, share: 0 }
  const draw = (text: string) => out.write(`\r\u001b[K${fit(text, (out.columns || 80) - 1)}`)
  if (animated) draw(`… ${title}`)
  else out.write(`… ${title}\n`)

  const end = (mark: string, text?: string) => {
    const took = clock() - began
    const line = `${mark} ${text ?? title}${took >= 1000 ? ` (${durationText(took)})` : ''}\n`
    out.write(animated ? `\r\u001b[K${line}` : line)
  }
  return {
    update(text, share) {
      const line = `… ${title}: ${share === undefined ? '' : `${bar(share)} `}${text}`
      if (animated) {
        draw(line)
      } else if (lineIsDue(last, clock(), share)) {
        last = { at: clock(), share: share ?? 0 }
        out.write(`${line}\n`)
      }
    },
    done: (text) => end('✓', text),
    fail: (text) => end('✗', text),
  }
}

function fit(text: string, columns: number): string {
  const flat = text.replaceAll(/[\r\n\t]+/g, ' ')
  return flat.length > columns ? `${flat.slice(0, columns - 1)}…` : flat
}
