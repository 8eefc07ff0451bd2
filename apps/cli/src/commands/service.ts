/** What all commands share that speak to the service. */
import type { Command } from 'commander'
import { openClient, type Client } from '../client/client.ts'
import { findContext } from '../client/context.ts'
import { notice } from '../terminal/streams.ts'

export type ServiceOptions = { api?: string; json?: boolean; utc?: boolean }

/** Adds the options of every command that speaks to the service. */
export function withServiceOptions(command: Command): Command {
  return command
    .option('--json', 'print JSON')
    .option('--utc', 'print times in UTC')
    .option('--api <url>', 'the service (else CARYA_API, else the installation of this folder)')
}

/** The service to speak to. Before a change to one that is not on this machine, its name is said. */
export async function connect(options: ServiceOptions, { writes = false } = {}): Promise<Client> {
  const context = await findContext(options, process.env, process.cwd())
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(context.api.hostname)
  if (writes && !local) notice(`at ${context.api.origin}`)
  return openClient(context)
}

/** For an option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}
