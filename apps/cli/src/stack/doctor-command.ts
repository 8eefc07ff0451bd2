/** `carya doctor`: checks every requirement and says how to mend what is missing. */
import type { Command } from 'commander'
import { exitCodes } from '../terminal/exit-codes.ts'
import { paint, printJson, printLine } from '../terminal/streams.ts'
import { printable } from '../terminal/text.ts'

export function register(program: Command): void {
  program
    .command('doctor')
    .description('check every requirement and say how to mend what is missing; exit code 1 if one is')
    .option('--json', 'as JSON: ok, checks')
    .action(async (options: { json?: true }) => {
      const { examine } = await import('./doctor/examine.ts')
      const checks = await examine(process.env)
      const ok = checks.every(({ result }) => result !== 'missing')
      if (!ok) process.exitCode = exitCodes.failed
      if (options.json) return printJson({ ok, checks })
      for (const { name, result, detail, mend } of checks) {
        const mark =
          result === 'ok'
            ? paint('green', '✓')
            : paint(result === 'warning' ? 'yellow' : 'red', result === 'warning' ? '!' : '✗')
        printLine(`${mark} ${name}: ${printable(detail)}`)
        if (mend) printLine(`    ${printable(mend)}`)
      }
    })
}
