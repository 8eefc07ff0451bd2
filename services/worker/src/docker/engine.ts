/**
 * Calls to the engine, over one set of kept connections. What the engine answers is translated here once; that it
 * cannot be reached is no answer, and such a call is made again until it can: callers never see an engine that is
 * away. So is one whose answer never ends: of an engine that was killed while it wrote it, or stands still. Calls are
 * unversioned, which engines of every age accept.
 */
import Docker from 'dockerode'
import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { abortable } from './abortable.ts'
import { isStale, STALE_AFTER_MS } from './stale-socket.ts'

/** The engine answered, and its answer is no. */
export class EngineError extends Error {
  readonly code = 'ENGINE_ERROR'
  override readonly name = 'EngineError'
  readonly status: number

  constructor(status: number, message: string, cause: unknown) {
    super(message, { cause })
    this.status = status
  }
}

/** Keeps connections open between calls. */
export function openAgent(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: 64 })
  // docker-modem describes each request to its debug log, whether or not anybody reads that: with all the agent's
  // sockets this takes longer than everything else this process does in a run
  return Object.assign(agent, { [inspect.custom]: () => 'Agent' })
}

type Log = { warn(fields: object, message: string): void }
export type Engine = {
  /** Makes a call that may be repeated; throws EngineError, or the signal's reason. */
  call<T>(make: (docker: Docker) => Promise<T>): Promise<T>
  /** The same for a question, which an engine that is well answers at once: after a minute it is asked again. */
  ask<T>(make: (docker: Docker) => Promise<T>): Promise<T>
  /** Makes a call that may not be repeated: `unknown` where the connection was lost on the way. */
  once<T>(make: (docker: Docker) => Promise<T>): Promise<T | 'unknown'>
  /** Makes all calls anew that are in hand and may be repeated: the engine seems to have gone. */
  interrupt(): void
  signal: AbortSignal
}

const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 5_000
const TELL_AFTER = 4
const ANSWER_MS = 60_000

/**
 * `signal` ends all waiting, for the end of the process; `onStale` is called, perhaps often, where the engine will never
 * be reached again by this socket.
 */
export function openEngine(socketPath: string, log: Log, signal: AbortSignal, onStale = () => {}): Engine {
  const agent = openAgent()
  signal.addEventListener('abort', () => agent.destroy(), { once: true })
  // the host is named empty, or DOCKER_HOST of the environment would go before the socket
  const options = { socketPath, host: '', agent }
  const docker = new Docker(options)

  const attempt = async <T>(make: (docker: Docker) => Promise<T>, client = docker): Promise<T> => {
    try {
      return await make(client)
    } catch (error) {
      throw translated(error)
    }
  }
  const inHand = new Set<AbortController>()
  const attemptWithin = async <T>(
    make: (docker: Docker) => Promise<T>,
    milliseconds?: number,
  ): Promise<T> => {
    const giving = new AbortController()
    const giveUp = () => giving.abort(new Error('the engine did not answer in time'))
    const late = milliseconds === undefined ? undefined : setTimeout(giveUp, milliseconds).unref()
    inHand.add(giving)
    try {
      return await attempt(make, abortable(docker, giving.signal))
    } finally {
      clearTimeout(late)
      inHand.delete(giving)
    }
  }
  const repeat = async <T>(make: (docker: Docker) => Promise<T>, milliseconds?: number): Promise<T> => {
    const since = performance.now()
    for (let tries = 0; ; tries += 1) {
      try {
        return await attemptWithin(make, milliseconds)
      } catch (error) {
        if (error instanceof EngineError) throw error
        signal.throwIfAborted()
        if (performance.now() - since > STALE_AFTER_MS && (await isStale(socketPath))) onStale()
        if (tries === TELL_AFTER) log.warn({ err: error }, 'the engine cannot be reached, trying on')
      }
      // the first failure is often a kept connection that had gone stale
      const pause = tries === 0 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries)
      await sleep(pause, undefined, { signal })
    }
  }
  return {
    signal,
    call: (make) => repeat(make),
    ask: (make) => repeat(make, ANSWER_MS),
    async once(make) {
      try {
        return await attempt(make)
      } catch (error) {
        if (error instanceof EngineError) throw error
        signal.throwIfAborted()
        return 'unknown'
      }
    },
    interrupt() {
      for (const giving of inHand) giving.abort(new Error('the engine seems to have gone'))
    },
  }
}

function translated(error: unknown): unknown {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number')
    return error
  const json: unknown = 'json' in error ? error.json : undefined
  // where a stream was asked for, the client has the engine's words only with a heading of its own
  const told =
    typeof json === 'object' && json !== null && 'message' in json
      ? String(json.message)
      : error.message.replace(/^\(HTTP code \d+\) .*? - /s, '')
  return new EngineError(error.statusCode, told.trim(), error)
}

/** Whether an error is the engine's answer with one of these statuses. */
export function answered(error: unknown, ...statuses: number[]): error is EngineError {
  return error instanceof EngineError && statuses.includes(error.status)
}
