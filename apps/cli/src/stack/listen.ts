/**
 * Where the broker listens: on loopback, and on one address of this machine beside it if workers on other hosts are
 * to reach it. Nothing else of the stack is ever published beyond loopback.
 */
import { isIPv4 } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'

export const LOOPBACK = '127.0.0.1'

/** All addresses of this machine, loopback among them. */
export const EVERYWHERE = '0.0.0.0'

type Interfaces = ReturnType<typeof networkInterfaces>

/** Addresses that this machine has, without loopback. */
export function ownAddresses(interfaces: Interfaces = networkInterfaces()): string[] {
  return Object.values(interfaces)
    .flatMap((list) => list ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
}

/** An engine's bridges and their ends: they have addresses of this machine that lead no other host to it. */
const BRIDGES = /^(docker|br-|veth)/

/** Of these, the ones by which other hosts may reach it. */
export function hostAddresses(interfaces: Interfaces = networkInterfaces()): string[] {
  return ownAddresses(Object.fromEntries(Object.entries(interfaces).filter(([name]) => !BRIDGES.test(name))))
}

/** The address to listen on beside loopback; nothing for loopback alone. Ends the command where it is none of ours. */
export function listenAddress(given: string, own: readonly string[] = ownAddresses()): string | undefined {
  if (given === LOOPBACK) return undefined
  if (given === EVERYWHERE || (isIPv4(given) && own.includes(given))) return given
  throw new CommandFailure(exitCodes.usage, {
    title: 'The broker cannot listen there.',
    errors: [{ path: '--listen', value: given, detail: 'no IPv4 address of this machine' }],
    help: [has(own), `${EVERYWHERE} is all of them; ${LOOPBACK} closes the port to other hosts.`],
  })
}

/** Ends the command where the address that was kept is not on this machine any more, or not yet. */
export function requireAddress(kept: string | undefined, own: readonly string[] = ownAddresses()): void {
  if (isThere(kept, own)) return
  throw new CommandFailure(exitCodes.failed, {
    title: `This machine does not have the address ${kept} now, and the broker is to listen on it.`,
    detail: `It was given with carya up --listen, and is kept. ${has(own)}`,
    help: [howToMend(kept)],
  })
}

/** Whether an address that is kept can be listened on. */
export const isThere = (kept: string | undefined, own: readonly string[] = ownAddresses()): boolean =>
  kept === undefined || kept === EVERYWHERE || own.includes(kept)

/** What to do where it cannot. */
export const howToMend = (kept: string | undefined): string =>
  `Bring the network of ${kept} up (a VPN?), or close the port to other hosts: carya up --listen ${LOOPBACK}`

const has = (own: readonly string[]): string => `It has: ${own.join(', ') || 'none but loopback'}.`

/** The address under which other hosts reach the broker; nothing where it listens on loopback alone. */
export function addressForHosts(
  listen: string | undefined,
  own: readonly string[] = hostAddresses(),
): string | undefined {
  return listen === EVERYWHERE ? (own[0] ?? hostname()) : listen
}
