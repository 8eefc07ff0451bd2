/** `carya worker add`: workers on other hosts. */
import type { Command } from 'commander'
import { notice, printJson, printLine } from '../terminal/streams.ts'
import type { AddedWorker, AddOptions } from './added-workers.ts'
import { envFile } from './environment.ts'

type Options = AddOptions & { json?: true }

const ADD_HELP = `
Prints the settings that docker/worker.yml takes, the broker's password among
them:

  (umask 077; carya worker add node2 >node2.env)

Repeating it prints the same again. docs/add-a-host.md has the whole way.`

/** Adds it to the command `worker`. */
export function registerAdd(worker: Command): void {
  worker
    .command('add')
    .description('let a worker on another host join: make its user on the broker and print its settings')
    .argument('<name>', 'its name; no two workers have the same')
    .option(
      '--pool <pool>',
      'the pool whose runs it takes (default: as before, else that of this machine’s worker)',
    )
    .option('--new-password', 'make a new password; the worker has to be given the new settings')
    .option(
      '--broker <host[:port]>',
      'how that host reaches the broker, where it is not the address of --listen; kept (empty: that address again)',
    )
    .option(
      '--json',
      'as JSON: name, pool, user, amqp, installation, store, image, env, applied, isReachable, changes',
    )
    .addHelpText('after', ADD_HELP)
    .action(async (name: string, options: Options) => {
      const { addWorker } = await import('./added-workers.ts')
      const added = await addWorker(name, options, process.env)
      if (options.json) printJson(added)
      else for (const line of envFile(added.env, head(added)).trimEnd().split('\n')) printLine(line)
      tellAdded(added)
    })
}

const head = ({ name }: AddedWorker): string =>
  [
    `The worker ${name}, for docker/worker.yml: docs/add-a-host.md. Keep it from others: it holds a password.`,
    'On the new host add its socket’s group: CARYA_DOCKER_GID=$(stat -c %g /var/run/docker.sock)',
  ].join('\n')

function tellAdded({ name, applied, changes, isReachable }: AddedWorker): void {
  if (changes.length > 0) {
    notice(
      `Of ${name}: ${changes.join('; ')}. If it runs already, give it these settings and start it again.`,
    )
  }
  if (!applied) notice(`The broker is not up: it will know ${name} when it is started (carya up).`)
  if (isReachable) return
  notice('The broker listens on 127.0.0.1 only, and so says the URL: other hosts do not reach it.')
  notice(
    'Open it with carya up --listen ADDRESS and repeat this command, or give --broker HOST:PORT of a tunnel.',
  )
}

/** What removes the containers of a worker's runs, for its host. */
export function removeRuns(installation: string, worker: string): string {
  const labels = [`carya.installation=${installation}`, `carya.worker=${worker}`]
  return `docker rm -f $(docker ps -aq ${labels.map((label) => `--filter label=${label}`).join(' ')})`
}
