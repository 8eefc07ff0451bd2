/** The containers of runs on this machine's engine. */
import type { Docker } from './engine.ts'
import type { Installation } from './installation.ts'

/** Those of this installation, in any state. */
export function runContainers(docker: Docker, { id }: Installation): Promise<Docker.ContainerInfo[]> {
  return docker.listContainers({ all: true, filters: { label: ['carya.run', `carya.installation=${id}`] } })
}
