/**
 * How a command ends badly: a problem document (RFC 9457), an exit code, and what to do about it. Thrown anywhere
 * in a command and printed at one place, `main.ts`: as text for people, as the document itself under `--json`.
 */
import type { ExitCode } from './exit-codes.ts'
import { printable } from './text.ts'

export type Problem = {
  type?: string
  title: string
  status?: number
  detail?: string
  errors?: readonly { path?: string; value?: unknown; detail: string }[]
  /** What the user can do, a line each. */
  help?: readonly string[]
}

export class CommandFailure extends Error {
  readonly code: ExitCode
  readonly problem: Problem

  constructor(code: ExitCode, problem: Problem, cause?: unknown) {
    super(problem.detail ?? problem.title, { cause })
    this.name = 'CommandFailure'
    this.code = code
    this.problem = problem
  }
}

/** The text for people: what failed, every error on a line, and last, where the eye rests, what to do. */
export function problemText({ title, detail, errors = [], help = [] }: Problem): string {
  const lines = [`carya: ${title}`]
  if (detail && detail !== title) lines.push(...detail.split('\n').map((line) => `  ${line}`))
  for (const error of errors) {
    const value = error.value === undefined ? '' : ` (given: ${JSON.stringify(error.value)})`
    lines.push(`  ${error.path ? `${error.path}: ` : ''}${error.detail}${value}`)
  }
  return [...lines, ...help].map((line) => `${printable(line)}\n`).join('')
}

/** One line of JSON: the problem document, with the exit code beside it. */
export function problemJson(problem: Problem, code: ExitCode): string {
  return `${JSON.stringify({ type: 'about:blank', ...problem, exitCode: code })}\n`
}
