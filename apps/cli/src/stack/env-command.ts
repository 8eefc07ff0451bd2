/**
 * `carya env`: what a client needs, for people to paste and for programs to read. It exports nothing that `up` takes as
 * a setting: a shell that has it would give it to another installation.
 */
import type { Command } from 'commander'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { printJson, printLine } from '../terminal/streams.ts'

export function register(program: Command): void {
  program
    .command('env')
    .description("print what a client needs: the API's URL, a token, the broker's URL")
    .option('--json', 'as JSON: api, token, amqp, store')
    .action(async (options: { json?: true }) => {
      const { findHome } = await import('./home.ts')
      const { readInstallation } = await import('./installation.ts')
      const { clientSettings } = await import('./client-settings.ts')
      const home = findHome(process.env)
      const installation = await readInstallation(home)
      if (!installation?.ports) {
        throw new CommandFailure(exitCodes.unreachable, {
          title: 'There is no installation here.',
          detail: `Looked in ${home.path}.`,
          help: ['carya up makes one; CARYA_HOME names another folder.'],
        })
      }
      const settings = await clientSettings(home, installation)
      if (options.json) return printJson(settings)
      printLine(`export CARYA_API=${settings.api}`)
      printLine(`export CARYA_TOKEN=${settings.token}`)
      printLine(`export CARYA_AMQP_URL='${settings.amqp}'`)
    })
}
