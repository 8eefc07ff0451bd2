/** The ports of this stack, chosen on this machine. */
import { notice } from '../terminal/streams.ts'
import type { Docker } from './engine.ts'
import type { Installation, Ports } from './installation.ts'
import { LOOPBACK } from './listen.ts'
import { canListen, choosePorts, defaultPorts } from './ports.ts'

/**
 * The kept ports, or others where someone else has taken them, with a line saying so. A port that our own containers
 * hold is ours. The engine is asked too: without its proxy a published port does not show as listening.
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
  for (const { part, from, to } of moved) {
    notice(`port ${from} is in use; ${part === 'amqp' ? 'the broker' : 'the API'} takes ${to}`)
  }
  return ports
}
