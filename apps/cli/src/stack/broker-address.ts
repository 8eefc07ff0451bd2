/** By which address workers on other hosts reach the broker, and whose settings a change of it makes stale. */
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import type { Installation } from './installation.ts'
import { addressForHosts, LOOPBACK } from './listen.ts'
import { defaultPorts } from './ports.ts'

/** `isReachable`: from other hosts, as far as is known here. */
export type BrokerAddress = { host: string; port: number; isReachable: boolean }

/** The worker's: as `--broker` has said, else as the broker listens. */
export function brokerAddress(installation: Installation, worker: string): BrokerAddress {
  const { broker } = installation.workers?.[worker] ?? {}
  const given = broker === undefined ? undefined : parseBroker(broker)
  const host = given?.host ?? addressForHosts(installation.listen)
  return {
    host: host ?? LOOPBACK,
    port: given?.port ?? installation.ports?.amqp ?? defaultPorts.amqp,
    isReachable: host !== undefined,
  }
}

/** Workers on other hosts whose settings (address of the broker, store) were others before. */
export function staleWorkers(before: Installation, after: Installation): string[] {
  const settings = (installation: Installation, name: string) =>
    JSON.stringify([brokerAddress(installation, name), installation.store])
  return Object.keys(after.workers ?? {}).filter((name) => settings(before, name) !== settings(after, name))
}

/** `host` or `host:port`; ends the command where it is neither. */
export function parseBroker(given: string): { host: string; port?: number } {
  const url = URL.parse(`amqp://${given}`)
  if (url?.hostname && url.host === given.toLowerCase())
    return { host: url.hostname, ...(url.port !== '' && { port: Number(url.port) }) }
  throw new CommandFailure(exitCodes.usage, {
    title: '--broker is no address.',
    errors: [{ path: '--broker', value: given, detail: 'a host or host:port, for example node1:5672' }],
  })
}
