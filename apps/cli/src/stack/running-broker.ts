/**
 * The broker while it runs, told of changes to its users. They are kept first: a broker that is down reads them at
 * its next start. `rabbitmqctl` in its container is the way in, since no user of ours is an administrator.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { askEngine, connectEngine, type Docker, findSocket } from './engine.ts'
import { type Installation, projectName } from './installation.ts'
import { readParts } from './parts.ts'

export type RunningBroker = {
  /** Has it read the users' file again. */
  readUsers(): Promise<void>
  /** Deletes a user, and closes what he has open; harmless when there is none. */
  deleteUser(user: string): Promise<void>
  /** Closes what a user has open: whoever still knows the password comes back. */
  disconnect(user: string): Promise<void>
}

/** Where the users' file is in the broker's container: docker/compose.yaml. */
const DEFINITIONS = '/etc/rabbitmq/carya/definitions.json'

/** How long a broker that is being started may take. */
const STARTUP_SECONDS = 120

/** What `rabbitmqctl` ends with where there is no such user. */
const NO_USER = 67

type Ended = { code: number; output: string }

/** The broker of this installation, where it runs. */
export async function findRunningBroker(
  installation: Installation,
  env: NodeJS.ProcessEnv,
): Promise<RunningBroker | undefined> {
  const docker = connectEngine(findSocket(env))
  if ('unreachable' in (await askEngine(docker))) return undefined
  const part = (await readParts(docker, projectName(installation))).find(({ name }) => name === 'rabbitmq')
  if (!part?.container || !['healthy', 'starting', 'unhealthy', 'running'].includes(part.state))
    return undefined
  const container = docker.getContainer(part.container)
  const control = async (args: readonly string[], fine: readonly number[] = []): Promise<void> => {
    const { code, output } = await exec(docker, container, ['rabbitmqctl', '--quiet', ...args])
    if (code === 0 || fine.includes(code)) return
    throw new CommandFailure(exitCodes.failed, {
      title: 'The broker did not take the change. It is kept, and read when the broker is started.',
      detail: `rabbitmqctl ${args.join(' ')} ended with ${code}: ${output.trim()}`,
      help: [
        'carya status shows the broker. A stack of an older version: carya up, then this command again.',
      ],
    })
  }
  const disconnect = (user: string) =>
    control(['close_all_user_connections', user, 'its rights have changed'])
  return {
    async readUsers() {
      if (part.state !== 'healthy') await control(['await_startup', '--timeout', String(STARTUP_SECONDS)])
      await control(['import_definitions', DEFINITIONS])
    },
    async deleteUser(user) {
      await control(['delete_user', user], [NO_USER])
      await disconnect(user)
    },
    disconnect,
  }
}

async function exec(docker: Docker, container: Docker.Container, command: string[]): Promise<Ended> {
  const made = await container.exec({ Cmd: command, AttachStdout: true, AttachStderr: true, Tty: true })
  const stream = await made.start({ Tty: true })
  let output = ''
  for await (const piece of stream) output += String(piece)
  for (;;) {
    const { Running, ExitCode } = await made.inspect()
    if (!Running) return { code: ExitCode ?? -1, output }
    await pause(50)
  }
}
