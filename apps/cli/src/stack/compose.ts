/** docker compose, of whichever generation is there: the plugin (v2) or the older program (1.29 and later). */
import { join } from 'node:path'
import { root } from './home.ts'
import { EVERYWHERE, LOOPBACK } from './listen.ts'
import { type Ended, type RunOptions, runProgram } from './run-program.ts'

export type Compose = { command: readonly [string, ...string[]]; version: string }

export const composeFile = join(root, 'docker', 'compose.yaml')

/** Files of a stack whose broker listens on this address. */
export function composeFiles(listen: string | undefined): string[] {
  // all addresses have loopback among them
  const both = listen !== undefined && listen !== LOOPBACK && listen !== EVERYWHERE
  return both ? [composeFile, join(root, 'docker', 'listen.yaml')] : [composeFile]
}

/** The compose to use, or nothing where none is installed. */
export async function findCompose(): Promise<Compose | undefined> {
  for (const command of [['docker', 'compose'], ['docker-compose']] as const) {
    const [program, ...args] = command
    const { code, output } = await runProgram(program, [...args, 'version', '--short'])
    const version = /\d+\.\d+(\.\d+)?/.exec(output)?.[0]
    if (code === 0 && version) return { command, version }
  }
  return undefined
}

/**
 * Runs compose on one project. The variables are given in the environment, not only in the file, since a CARYA_*
 * variable of the caller's shell would win over the file.
 */
export function runCompose(
  compose: Compose,
  project: string,
  socket: string,
  variables: Record<string, string>,
  args: readonly string[],
  options: Pick<RunOptions, 'onLine' | 'signal'> = {},
): Promise<Ended> {
  const [program, ...first] = compose.command
  const inherited = Object.entries(process.env).filter(([name]) => !/^(CARYA|COMPOSE)_/.test(name))
  const files = composeFiles(variables['CARYA_AMQP_ADDRESS']).flatMap((file) => ['-f', file])
  return runProgram(program, [...first, '-p', project, ...files, ...args], {
    ...options,
    env: {
      ...Object.fromEntries(inherited),
      ...variables,
      DOCKER_HOST: `unix://${socket}`,
      COMPOSE_ANSI: 'never',
      COMPOSE_PROGRESS: 'plain',
    },
  })
}
