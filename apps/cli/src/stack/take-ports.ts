/** The ports of this stack, chosen on this machine. */
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { notice } from '../terminal/streams.ts'
import type { Docker } from './engine.ts'
import type { Installation, Ports } from './installation.ts'
import { LOOPBACK } from './listen.ts'
import { canListen, choosePorts, defaultPorts } from './ports.ts'

/**
 * The kept ports, or others where someone else has taken them, with a line saying so. A port that our own containers
 * hold is ours. The engine is asked too: without its proxy a published port does not show as listening. The broker's
 * is never moved while workers on other hosts have it in their settings: the command ends.
 */
export async function takePorts(docker: Docker, project: string, installation: Installation): Promise<Ports> {
  const { ports: kept, listen } = installation
  const ours = new Set<number>()
  const others = new Set<number>()
  for (const { Labels, Ports: published } of await docker.listContainers()) {
    const into = Labels['com.docker.compose.project'] === project ? ours : others
    for (const { PublicPort } of published) if (PublicPort) into.add(PublicPort)
  }
  const { ports, moved } = await choosePorts(kept ?? defaultPorts, async (port, part) => {
    if (ours.has(port)) return true
    const addresses = part === 'amqp' && listen ? [LOOPBACK, listen] : [LOOPBACK]
    const free = await Promise.all(addresses.map((address) => canListen(port, address)))
    return !others.has(port) && free.every(Boolean)
  })
  const workers = Object.keys(installation.workers ?? {})
  for (const { part, from, to } of moved) {
    if (part === 'amqp' && workers.length > 0) throw isFixed(from, workers)
    notice(`port ${from} is in use; ${part === 'amqp' ? 'the broker' : 'the API'} takes ${to}`)
  }
  return ports
}

const isFixed = (port: number, workers: readonly string[]) =>
  new CommandFailure(exitCodes.failed, {
    title: `Port ${port} is in use by something else, and workers on other hosts reach the broker by it.`,
    detail: `They are: ${workers.join(', ')}.`,
    help: [
      `Free the port (ss -ltnp 'sport = ${port}' shows who has it), and repeat this.`,
      'Or carya worker rm each of them: then another port is taken, and carya worker add prints their new settings.',
    ],
  })
