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
      const { rows, ensemble, summary, drivers, label, plot } = demo
      const runs = rows.map(({ run }) => run)
      if (runs.some(({ state }) => state !== 'succeeded')) process.exitCode = exitCodes.failed
      const { api, store } = demo.settings
      if (options.json) return printJson({ api, store, label, drivers, ensemble, plot, summary, runs })

      const { columns, mostInfluential, spread } = await import('./report.ts')
      const { shortId } = await import('../client/find-run.ts')
      const { tableLines } = await import('../terminal/table.ts')
      const people = forPeople()
      for (const line of tableLines(rows, columns, people)) printLine(line)
      printLine()
      const members = runs.slice(1)
      printLine('Annual means at Seattle, g C per m² and year; median (lowest … highest) of the 24 members:')
      printLine(`  GPP ${spread(members, 'gpp_annual')}, gross primary production`)
      printLine(`  NEE ${spread(members, 'nee_annual')}, net exchange; negative is uptake by the forest`)
      printLine('What mattered most to NEE, by rank correlation (−1 … +1):')
      printLine(`  ${mostInfluential(summary, 'nee_annual')}`)
      printLine()
      const id = shortId(ensemble.id)
      printLine(`picture           ${plot}`)
      printLine(`outputs and logs  ${store}/ensembles/${ensemble.id}/`)
      printLine(`API               ${api} (carya env prints the token)`)
      printLine()
      printLine('Try next:')
      for (const command of [
        `./carya results ${id}`,
        `./carya outputs ${id}-0 daily.csv | head`,
        `./carya ensemble dalec --vary f_auto=uniform:0.42:0.6 --samples 50 -i drivers=${drivers} --wait`,
      ]) {
        printLine(`  ${paint('bold', command)}`)
      }
    })
}
