/** The four parts of a stack as the engine sees them, found by compose's labels. */
import type { Docker } from './engine.ts'
import { engineStatus } from './error-code.ts'

export const partNames = ['rabbitmq', 'redis', 'dispatcher', 'worker'] as const
export type PartName = (typeof partNames)[number]

/** `healthy` is the only state in which a part does its work. */
export type PartState =
  | 'absent'
  | 'created'
  | 'starting'
  | 'healthy'
  | 'unhealthy'
  | 'restarting'
  | 'exited'
  | 'running'

export type Part = {
  name: PartName
  state: PartState
  image?: string
  container?: string
  /** When the container was started, RFC 3339. */
  since?: string
  /** Published ports of 127.0.0.1. */
  ports?: number[]
  exitCode?: number
}

/** Every part of a project, in the order in which they start. */
export async function readParts(docker: Docker, project: string): Promise<Part[]> {
  const containers = await docker.listContainers({
    all: true,
    filters: { label: [`com.docker.compose.project=${project}`] },
  })
  return Promise.all(
    partNames.map(async (name): Promise<Part> => {
      const found = containers.find(({ Labels }) => Labels['com.docker.compose.service'] === name)
      if (!found) return { name, state: 'absent' }
      try {
        const { State, Image } = await docker.getContainer(found.Id).inspect()
        return {
          name,
          state: stateOf(State),
          image: found.Image.startsWith('sha256:') ? Image : found.Image,
          container: found.Id,
          since: State.StartedAt,
          ports: [...new Set(found.Ports.flatMap(({ PublicPort }) => PublicPort ?? []))],
          ...(State.Status === 'exited' && { exitCode: State.ExitCode }),
        }
      } catch (error) {
        // removed between the two questions
        if (engineStatus(error) === 404) return { name, state: 'absent' }
        throw error
      }
    }),
  )
}

function stateOf(state: { Status: string; Health?: { Status: string } | undefined }): PartState {
  switch (state.Status) {
    case 'running': {
      const health = state.Health?.Status
      return health === 'healthy' || health === 'unhealthy' || health === 'starting' ? health : 'running'
    }
    case 'created':
    case 'restarting':
      return state.Status
    default:
      return 'exited'
  }
}

/** The last lines a container wrote, for a person to read. */
export async function lastLogLines(docker: Docker, container: string, n: number): Promise<string[]> {
  const raw = await docker.getContainer(container).logs({ stdout: true, stderr: true, tail: n })
  return demultiplexed(raw)
    .split('\n')
    .filter((line) => line.trim() !== '')
}

/** The engine's log stream has a header of eight bytes before each piece; the length is in the last four. */
function demultiplexed(raw: Buffer): string {
  const pieces: Buffer[] = []
  let at = 0
  while (at + 8 <= raw.length) {
    const length = raw.readUInt32BE(at + 4)
    pieces.push(raw.subarray(at + 8, at + 8 + length))
    at += 8 + length
  }
  return Buffer.concat(pieces).toString('utf8')
}
