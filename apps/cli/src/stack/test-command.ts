/**
 * `carya test`: passes the tests, from nothing. The last line is `N passed, N failed`, which CI reads; what failed stands
 * right before it, where logs that are cut short still have it. With `--json` the output goes to stderr, and stdout has
 * one document.
 */
import type { Command } from 'commander'
import { exitCodes } from '../terminal/exit-codes.ts'
import { notice, printJson, printLine } from '../terminal/streams.ts'

type Options = { install: boolean; json?: true }

export function register(program: Command): void {
  program
    .command('test')
    .description('run all tests; installs and builds what they need, and leaves nothing running')
    .option('--no-install', 'refuse to install packages')
    .option('--json', 'as JSON: passed, failed, steps; what the tests write goes to stderr')
    .action(async ({ install, json }: Options) => {
      const { runTests } = await import('./test/run-tests.ts')
      const { allWell } = await import('./test/closing-lines.ts')
      const stop = new AbortController()
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(name))
      const result = await runTests({ install, say: json ? notice : printLine }, process.env, stop.signal)
      process.exitCode = stop.signal.aborted
        ? exitCodes.interrupted
        : allWell(result)
          ? exitCodes.ok
          : exitCodes.failed
      if (json) return printJson(result)
      for (const name of result.names) printLine(name)
      printLine(`${result.passed} passed, ${result.failed} failed`)
    })
}
