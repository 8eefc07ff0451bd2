/** The container engine the tests talk to: the one the worker would use. */
import Docker from 'dockerode'

export function engine(socketPath = process.env['CARYA_DOCKER_SOCKET'] ?? '/var/run/docker.sock'): Docker {
  return new Docker({ socketPath })
}

/**
 * Builds an image from a folder with a Dockerfile; quick where nothing changed. The files named, relative to the
 * folder, are the build's context.
 */
export async function buildImage(
  docker: Docker,
  folder: string,
  files: string[],
  tag: string,
): Promise<void> {
  const stream = await docker.buildImage(
    { context: folder, src: ['Dockerfile', ...files] },
    { t: tag, forcerm: true },
  )
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(stream, (failure, events: { error?: string; stream?: string }[]) => {
      const error = failure?.message ?? events.find((event) => event.error)?.error
      if (error === undefined) resolve()
      else
        reject(new Error(`${tag} was not built: ${error}\n${events.map((event) => event.stream).join('')}`))
    })
  })
}

/** Passes over answers of the engine that say that what was wanted is so. */
export function unless(expected: Record<number, string>): (err: unknown) => void {
  return (err) => {
    const code = typeof err === 'object' && err !== null && 'statusCode' in err ? Number(err.statusCode) : 0
    if (!(code in expected)) throw err
  }
}
