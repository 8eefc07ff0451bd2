/** `carya up`: the stack on this machine, from whatever state it is in. */
import type { Command } from 'commander'
import { forPeople, notice, paint, printJson, printLine } from '../terminal/streams.ts'

type Options = {
  install: boolean
  start: boolean
  listen?: string
  policy?: string
  changeStore?: true
  json?: true
}

const UP_HELP = `
Kept from one up to the next: where the store is (CARYA_STORE), --listen,
--policy, and the settings of the services (CARYA_WORKER_CPUS and others,
docs/operate.md). What is given again is changed, with a line that says so; an
empty value is the default again.`

export function register(program: Command): void {
  program
    .command('up')
    .description('start RabbitMQ, Redis, the dispatcher and a worker on this machine')
    .option('--no-install', 'refuse to install a container engine where none is')
    .option('--no-start', 'prepare passwords, images and variables only, to run docker/compose.yaml by hand')
    .option(
      '--listen <address>',
      'open the broker’s port on this address too, for workers on other hosts; kept until --listen 127.0.0.1',
    )
    .option(
      '--policy <file>',
      'what models may ask on this host beyond the isolation of all (docs/security.md); kept until --policy none',
    )
    .option(
      '--change-store',
      'take the store that CARYA_STORE names now, although there are data in the one before; they stay there',
    )
    .option('--json', 'print what a client needs as JSON')
    .addHelpText('after', UP_HELP)
    .action(async (options: Options) => {
      const { bringUp } = await import('./up.ts')
      const settings = await bringUp(options, process.env)
      if (settings.hosts) {
        notice(`The broker can be reached from other hosts (${settings.hosts}), and AMQP is not encrypted:`)
        notice('passwords, parameters and results can be read on the way. docs/add-a-host.md has what to do.')
      }
      if (options.json) {
        printJson(settings)
      } else if (!options.start) {
        const { findHome } = await import('./home.ts')
        const { projectName, readInstallation } = await import('./installation.ts')
        const { composeFiles } = await import('./compose.ts')
        const home = findHome(process.env)
        const { stackEnv } = home
        const installation = await readInstallation(home)
        const project = installation ? projectName(installation) : 'carya'
        const files = composeFiles(installation?.listen).map((file) => `-f ${file}`)
        printLine(`docker compose -p ${project} --env-file ${stackEnv} ${files.join(' ')} up -d`)
      } else {
        printLine(`API    ${paint('bold', settings.api)}`)
        printLine(`AMQP   ${paint('bold', settings.amqp.replace(/\/\/.*@/, '//'))}`)
        printLine(`store  ${paint('bold', settings.store)}`)
        if (settings.hosts) printLine(`hosts  ${paint('bold', settings.hosts)}`)
        if (forPeople()) notice('carya env prints what a client needs; carya demo runs a real model.')
      }
    })
}
