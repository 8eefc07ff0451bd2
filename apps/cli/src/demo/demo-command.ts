/** `carya demo`: everything from set-up to the results of a real model. */
import type { Command } from 'commander'
import { exitCodes } from '../terminal/exit-codes.ts'
import { forPeople, paint, printJson, printLine } from '../terminal/streams.ts'

type Options = { install: boolean; json?: true }

export function register(program: Command): void {
  program
    .command('demo')
    .description('set everything up and run a forest carbon model 25 times over real weather')
    .option('--no-install', 'refuse to install a container engine where none is')
    .option('--json', 'print the results as JSON')
    .action(async (options: Options) => {
      const { runDemo } = await import('./demo.ts')
      const demo = await runDemo(options.install, process.env)
      const runs = demo.rows.map(({ run }) => run)
      if (runs.some(({ state }) => state !== 'succeeded')) process.exitCode = exitCodes.failed
      const { api, store } = demo.settings
      if (options.json) return printJson({ api, store, label: demo.label, drivers: demo.drivers, runs })

      const { columns, spread } = await import('./report.ts')
      const { shortId } = await import('../client/find-run.ts')
      const { tableLines } = await import('../terminal/table.ts')
      const people = forPeople()
      for (const line of tableLines(demo.rows, columns, people)) printLine(line)
      printLine()
      const members = runs.slice(1)
      printLine('Annual means at Seattle, g C per m² and year; median (lowest … highest) of the 24 members:')
      printLine(`  GPP ${spread(members, 'gpp_annual')}, gross primary production`)
      printLine(`  NEE ${spread(members, 'nee_annual')}, net exchange; negative is uptake by the forest`)
      printLine()
      const id = shortId(runs[0]?.id ?? '')
      printLine(`outputs and logs  ${store}/runs/`)
      printLine(`API               ${api} (carya env prints the token)`)
      printLine()
      printLine('Try next:')
      for (const command of [
        `./carya show ${id}`,
        `./carya outputs ${id} daily.csv | head`,
        `./carya run dalec -p f_foliage=0.25 -i drivers=${demo.drivers} --wait`,
      ]) {
        printLine(`  ${paint('bold', command)}`)
      }
    })
}
