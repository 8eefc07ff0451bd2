/** A container's log. Reading it by `logs`, unlike `attach`, can never stall the model. */
import { Readable } from 'node:stream'
import type { LogOptions } from '../ports.ts'
import type { Engine } from './engine.ts'
import { framesOf } from './frames.ts'

/** stdout and stderr in order; throws where the stream breaks before its end. */
export async function* readLog(
  engine: Engine,
  id: string,
  { follow, lastLines, signal }: LogOptions,
): AsyncIterable<Uint8Array> {
  const stream = await engine.call(
    ({ modem }) =>
      new Promise<Readable>((resolve, reject) => {
        // dockerode's own `logs` keeps a log that is not followed in memory as a whole
        const request = {
          path: `/containers/${id}/logs?`,
          method: 'GET',
          isStream: true,
          statusCodes: { 200: true, 404: 'no such container', 500: 'server error' },
          options: { stdout: true, stderr: true, follow, tail: lastLines ?? 'all' },
        }
        modem.dial(request, (error: Error | null, answer: unknown) => {
          if (answer instanceof Readable) resolve(answer)
          else reject(error ?? new TypeError('the engine gave no stream of the log'))
        })
      }),
  )
  const stop = () => stream.destroy()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    yield* framesOf(stream)
  } finally {
    signal?.removeEventListener('abort', stop)
    stream.destroy()
  }
}
