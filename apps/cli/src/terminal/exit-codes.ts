/** What the command's exit code says; scripts rely on these numbers. */
export const exitCodes = {
  ok: 0,
  /** The run failed or is partial, a check failed, a part did not start. */
  failed: 1,
  /** Wrong use: an unknown option, a missing answer, a bad value. */
  usage: 2,
  /** The service, the engine or the stack is not reached. */
  unreachable: 3,
  /** The run was cancelled. */
  cancelled: 4,
  /** `--timeout` of a wait ran out; the run goes on. */
  timeout: 124,
  /** Ctrl-C; the run goes on. */
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
