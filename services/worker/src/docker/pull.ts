/** Pulls an image from its registry: with the host's login, told how far it is, and again where it failed in passing. */
import type { Failure } from '@carya/contracts'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { withoutSecrets, type Login } from '../domain/docker-login.ts'
import { parseImage, pullReference } from '../domain/image-name.ts'
import { mayPass, MOST_TRIES, pauseAfter, wordsOf } from '../domain/pull-failure.ts'
import { errorIn, howFar, noLayers, withLine, type PullLine } from '../domain/pull-progress.ts'
import type { Credentials } from './credentials.ts'
import { EngineError, type Engine } from './engine.ts'
import { linesOf } from './lines.ts'

/** `digest` as the registry told it. */
export type Pulled = { digest?: string }
type Tell = (how: string) => void

/** One that brings nothing for so long has stopped. Engines may say nothing while they unpack a large layer. */
const STALL_MS = 10 * 60_000

/** Tries a few times where it may help; what the registry said at last is in the failure. `stallMs`: of one try. */
export async function pullImage(
  engine: Engine,
  credentials: Credentials,
  image: string,
  tell: Tell,
  stallMs = STALL_MS,
): Promise<Pulled | Failure> {
  for (let tries = 1; ; tries += 1) {
    const { login, trouble } = await credentials(parseImage(image).registry)
    const end = await pullOnce(engine, pullReference(image), { login, tell, stallMs })
    if (!('refusal' in end)) return end
    const words = wordsOf(withoutSecrets(end.refusal, login))
    if (tries === MOST_TRIES || !mayPass(words, end.status)) {
      const detail = `${image} cannot be pulled: ${words}${trouble === undefined ? '' : `; ${trouble}`}`
      return { kind: 'image_unavailable', detail }
    }
    tell(`is tried again, ${words}`)
    await sleep(pauseAfter(tries, Math.random()) * 1000, undefined, { signal: engine.signal })
  }
}

type Refused = { refusal: string; status?: number }

type PullOptions = { login: Login | undefined; tell: Tell; stallMs: number }

async function pullOnce(
  engine: Engine,
  reference: string,
  { login, tell, stallMs }: PullOptions,
): Promise<Pulled | Refused> {
  try {
    return await engine.call(async (docker) => {
      // an engine answers only when the registry has, and not all registries do
      const stalling = new AbortController()
      const stall = setTimeout(() => stalling.abort(), stallMs).unref()
      try {
        // an object of its own for each call: the client takes the login out of it
        const options = { abortSignal: stalling.signal, ...(login ? { authconfig: login } : {}) }
        const stream = await docker.pull(reference, options)
        if (!(stream instanceof Readable)) throw new TypeError('the engine gave no stream of a pull')
        return await read(stream, tell, () => stall.refresh())
      } catch (error) {
        if (!stalling.signal.aborted) throw error
        return { refusal: `nothing came for ${stallMs / 60_000} minutes: timed out` }
      } finally {
        clearTimeout(stall)
      }
    })
  } catch (error) {
    if (error instanceof EngineError) return { refusal: error.message, status: error.status }
    throw error
  }
}

/** Throws where the stream breaks: that is the engine's connection, and the call is made again. */
async function read(stream: Readable, tell: Tell, onLine: () => void): Promise<Pulled | Refused> {
  let layers = noLayers
  let pulled: Pulled = {}
  for await (const line of linesOf(stream)) {
    onLine()
    if (line.trim() === '') continue
    const said: PullLine = JSON.parse(line)
    const refusal = errorIn(said)
    if (refusal !== undefined) return { refusal }
    const digest = /^Digest: (sha256:[0-9a-f]{64})$/.exec(said.status ?? '')?.[1]
    if (digest !== undefined) pulled = { digest }
    layers = withLine(layers, said)
    tell(howFar(layers))
  }
  return pulled
}
