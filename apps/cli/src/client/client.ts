/** The service's HTTP API for commands: every bad end is a `CommandFailure` with what to do about it. */
import type { IncomingMessage } from 'node:http'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure, type Problem } from '../terminal/failure.ts'
import type { Context } from './context.ts'
import { exchange, NotReached, textOf, type Ask } from './exchange.ts'

export type Client = {
  context: Context
  /** The JSON of an answer. The service keeps to its schemas; a client that checked them could not meet a newer one. */
  json<T>(path: string, ask?: Ask): Promise<T>
  /** The same; `undefined` where there is no such thing (404), or its name cannot be one (400): where `unless` says so. */
  find<T>(path: string, unless?: readonly number[]): Promise<T | undefined>
  /** The answer's body as a stream; `undefined` where the status is in `unless`. */
  stream(path: string, ask?: Ask & { unless?: readonly number[] }): Promise<IncomingMessage | undefined>
}

export function openClient(context: Context): Client {
  const ask = async (path: string, options: Ask): Promise<IncomingMessage> => {
    try {
      return await exchange(context, path, options)
    } catch (error) {
      throw error instanceof NotReached ? unreachable(context, error) : error
    }
  }
  return {
    context,
    async json<T>(path: string, options: Ask = {}): Promise<T> {
      const answer = await ask(path, options)
      const text = await textOf(answer).catch((error: unknown) => {
        throw error instanceof NotReached ? unreachable(context, error) : error
      })
      if (!isWell(answer)) throw refused(context, answer, text)
      return parse<T>(context, text)
    },
    async find<T>(path: string, unless: readonly number[] = [404, 400]) {
      const answer = await ask(path, {})
      const text = await textOf(answer)
      if (isWell(answer)) return parse<T>(context, text)
      if (unless.includes(answer.statusCode ?? 0)) return undefined
      throw refused(context, answer, text)
    },
    async stream(path, { unless = [], ...options } = {}) {
      const answer = await ask(path, options)
      if (isWell(answer)) return answer
      const text = await textOf(answer)
      if (unless.includes(answer.statusCode ?? 0)) return undefined
      throw refused(context, answer, text)
    },
  }
}

/** A path of the API with its query; what is undefined is left out, lists are repeated. */
export function pathOf(
  path: string,
  query: Record<string, string | number | readonly string[] | undefined>,
): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined) search.append(name, String(one))
  return search.size === 0 ? path : `${path}?${search.toString()}`
}

function parse<T>(context: Context, text: string): T {
  try {
    const value: T = JSON.parse(text)
    return value
  } catch (error) {
    throw notOurs(context, error)
  }
}

function unreachable({ api, source }: Context, error: NotReached): CommandFailure {
  return new CommandFailure(
    exitCodes.unreachable,
    {
      title: 'The service is not reached',
      detail: `at ${api.origin} (from ${source}): ${error.message}`,
      help: ['Start it on this machine: ./carya up', 'See what is wrong: ./carya status, ./carya doctor'],
    },
    error,
  )
}

function refused(context: Context, answer: IncomingMessage, text: string): CommandFailure {
  const status = answer.statusCode ?? 0
  const type = answer.headers['content-type'] ?? ''
  if (!type.includes('application/problem+json')) return notOurs(context, new Error(`status ${status}`))
  const problem: Problem = JSON.parse(text)
  if (status >= 500) {
    const id = String(answer.headers['x-request-id'] ?? '')
    const help = [`Service: ${context.api.origin}, request ${id}`, 'See what is wrong: ./carya status']
    return new CommandFailure(exitCodes.unreachable, { ...problem, help })
  }
  if (status === 401) {
    const help = [
      `Asked ${context.api.origin} (from ${context.source}). Its token is what carya env prints there.`,
    ]
    return new CommandFailure(exitCodes.usage, { ...problem, help })
  }
  // its detail repeats the first of its errors
  const { detail: _, ...rest } = problem
  return new CommandFailure(exitCodes.usage, rest.errors === undefined ? problem : rest)
}

function notOurs({ api, source }: Context, error: unknown): CommandFailure {
  const why = error instanceof Error ? error.message : String(error)
  return new CommandFailure(exitCodes.unreachable, {
    title: 'What answers there is not Carya',
    detail: `at ${api.origin} (from ${source}): ${why}`,
  })
}

function isWell({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300
}
