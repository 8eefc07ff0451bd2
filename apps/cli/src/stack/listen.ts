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

/** Addresses that this machine has, without loopback. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
}

/** The address to listen on beside loopback; nothing for loopback alone. Ends the command where it is none of ours. */
export function listenAddress(given: string, own: readonly string[] = ownAddresses()): string | undefined {
  if (given === LOOPBACK) return undefined
  if (given === EVERYWHERE || (isIPv4(given) && own.includes(given))) return given
  throw new CommandFailure(exitCodes.usage, {
    title: 'The broker cannot listen there.',
    errors: [{ path: '--listen', value: given, detail: 'no IPv4 address of this machine' }],
    help: [
      `It has: ${own.join(', ') || 'none but loopback'}.`,
      `${EVERYWHERE} is all of them; ${LOOPBACK} closes the port to other hosts.`,
    ],
  })
}

/** The address under which other hosts reach the broker; nothing where it listens on loopback alone. */
export function addressForHosts(
  listen: string | undefined,
  own: readonly string[] = ownAddresses(),
): string | undefined {
  return listen === EVERYWHERE ? (own[0] ?? hostname()) : listen
}
