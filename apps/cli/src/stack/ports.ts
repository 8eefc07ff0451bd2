/** Ports on loopback: kept from one `up` to the next, and another taken only when one is in use by someone else. */
import { createServer } from 'node:net'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import type { Ports } from './installation.ts'
import { LOOPBACK } from './listen.ts'

export const defaultPorts: Ports = { amqp: 5672, http: 7070 }

/** How far to look for a free one. */
const TRIES = 200

export type PortChoice = { ports: Ports; moved: { part: keyof Ports; from: number; to: number }[] }

/**
 * The ports to use: the wanted ones where they are free, else the next free one above. `isFree` answers for this
 * machine and part; two parts never get the same port.
 */
export async function choosePorts(
  wanted: Ports,
  isFree: (port: number, part: keyof Ports) => Promise<boolean>,
): Promise<PortChoice> {
  const choice: PortChoice = { ports: { ...wanted }, moved: [] }
  const taken = new Set<number>()
  for (const part of ['amqp', 'http'] as const) {
    const to = await nextFree(wanted[part], async (port) => !taken.has(port) && (await isFree(port, part)))
    taken.add(to)
    choice.ports[part] = to
    if (to !== wanted[part]) choice.moved.push({ part, from: wanted[part], to })
  }
  return choice
}

async function nextFree(from: number, isFree: (port: number) => Promise<boolean>): Promise<number> {
  for (let port = from; port < from + TRIES; port += 1) if (await isFree(port)) return port
  throw new CommandFailure(exitCodes.failed, {
    title: `There is no free port between ${from} and ${from + TRIES - 1}.`,
  })
}

/** Whether something could listen on this port of this address now. */
export function canListen(port: number, host = LOOPBACK): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
