/** `carya down`: stops the stack and keeps its data; with `--purge` removes them too. */
import type { Command } from 'commander'
import { count } from '../terminal/text.ts'
import { notice, printJson, printLine } from '../terminal/streams.ts'
import { removeRuns } from './worker-command.ts'

type Options = { purge?: true; yes?: true; json?: true }

export function register(program: Command): void {
  program
    .command('down')
    .description('stop the stack; its data stay, and runs that are under way run on until the next up')
    .option('--purge', 'also end the runs and remove all data: queues, records, outputs, passwords')
    .option('--yes', 'do not ask before --purge')
    .option('--json', 'print what was done as JSON')
    .action(async (options: Options) => {
      const { bringDown } = await import('./down.ts')
      const done = await bringDown({ purge: options.purge === true, yes: options.yes === true }, process.env)
      if (options.json) return printJson(done)
      printLine(done.purged ? 'The stack and its data are gone.' : 'The stack is down; its data are kept.')
      if (!done.purged && done.running > 0) {
        notice(`${count(done.running, 'run')} under way: the next carya up takes them back.`)
      }
      for (const worker of done.workers) {
        notice(`What ${worker} has started runs on there. Stop that worker, and on its host:`)
        notice(`  ${removeRuns(done.installation ?? '', worker)}`)
      }
    })
}
