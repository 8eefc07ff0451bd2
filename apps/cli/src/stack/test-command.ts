/** `carya test`: passes the tests, from nothing. The last line is `N passed, N failed`, which CI reads. */
import type { Command } from 'commander'
import { exitCodes } from '../terminal/exit-codes.ts'
import { printLine } from '../terminal/streams.ts'

export function register(program: Command): void {
  program
    .command('test')
    .description('run all tests; installs and builds what they need, and leaves nothing running')
    .option('--no-install', 'refuse to install packages')
    .action(async ({ install }: { install: boolean }) => {
      const { runTests } = await import('./test/run-tests.ts')
      const { allWell } = await import('./test/closing-lines.ts')
      const stop = new AbortController()
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(name))
      const tally = await runTests(install, process.env, stop.signal)
      process.exitCode = stop.signal.aborted
        ? exitCodes.interrupted
        : allWell(tally)
          ? exitCodes.ok
          : exitCodes.failed
      printLine(`${tally.passed} passed, ${tally.failed} failed`)
    })
}
