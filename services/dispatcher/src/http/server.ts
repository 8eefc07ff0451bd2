/**
 * The HTTP way to the dispatcher. It decides nothing: it lets in who may ask, checks the form of what is asked,
 * and says what the `Api` says, always in bounded answers.
 */
import { problem } from '@carya/contracts'
import type { Store } from '@carya/store'
import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Api } from '../api.ts'
import { takeJson } from './body.ts'
import { answerBrokenHttp, failWith } from './failure.ts'
import { hostCheck, tokenCheck, type Token } from './guard.ts'
import { sendProblem } from './refusal.ts'
import { mountEnsembles } from './routes/ensembles.ts'
import { mountEvents } from './routes/events.ts'
import { mountFiles } from './routes/files.ts'
import { mountModels } from './routes/models.ts'
import { mountOutputs } from './routes/outputs.ts'
import { mountRuns } from './routes/runs.ts'
import { mountService } from './routes/service.ts'
import { mountWorkers } from './routes/workers.ts'
import type { SseTimes } from './sse.ts'

export type HttpConfig = {
  host: string
  /** 0: any free one */
  port: number
  /** Names, beside those of loopback, by which `Host` may call this service; with a port, or for any port. */
  allowedHosts: readonly string[]
  tokens: readonly Token[]
  /** Largest JSON body in bytes. */
  bodyBytes?: number
  /** Largest upload in bytes. */
  fileBytes?: number
  times?: SseTimes
  /** After so long without a byte a connection is closed. */
  idleMs?: number
}

export type Http = AsyncDisposable & {
  /** Where it listens, for example `http://127.0.0.1:7070`. */
  address: string
}

const BODY_BYTES = 2 ** 20
const FILE_BYTES = 16 * 2 ** 30
const TIMES = { beat: 15_000, stall: 30_000 }
/** An idle connection is closed after this, unless its request waits for an image to be pulled. */
const IDLE_MS = 15 * 60_000
/** How long requests in progress may go on when the server closes. */
const GRACE_MS = 5000

/** Listens. Disposal ends event streams, lets other requests finish for five seconds, and may be repeated. */
export async function openHttp(parts: {
  api: Api
  store: Store
  config: HttpConfig
  log: Logger
}): Promise<Http> {
  const { config } = parts
  const stop = new AbortController()
  const app = await buildApp(parts, stop.signal)
  const address = await app.listen({ host: config.host, port: config.port })
  return {
    address,
    async [Symbol.asyncDispose]() {
      stop.abort()
      const late = setTimeout(() => app.server.closeAllConnections(), GRACE_MS)
      await app.close()
      clearTimeout(late)
    },
  }
}

async function buildApp(
  { api, store, config, log }: { api: Api; store: Store; config: HttpConfig; log: Logger },
  stop: AbortSignal,
): Promise<FastifyInstance> {
  const fail = failWith(log)
  const loggerInstance: FastifyBaseLogger = log
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: () => randomUUID(),
    exposeHeadRoutes: false,
    connectionTimeout: config.idleMs ?? IDLE_MS,
    clientErrorHandler: answerBrokenHttp,
    frameworkErrors: (error, request, reply) => void fail(error, request, reply),
    routerOptions: { maxParamLength: 4096 },
  })
  app.decorateRequest('submitter', '')
  app.setErrorHandler((error, request, reply) => fail(error, request, reply))
  guard(app, config)
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      problem(
        404,
        'no-such-address',
        'There is nothing at this address',
        `${request.method} ${request.url.slice(0, 200)}`,
      ),
    ),
  )
  takeJson(app, config.bodyBytes ?? BODY_BYTES)
  mountRuns(app, api)
  mountOutputs(app, api, store)
  mountEnsembles(app, api, store)
  mountEvents(app, api, { stop, times: config.times ?? TIMES })
  mountModels(app, api)
  mountWorkers(app, api)
  mountService(app, api)
  await mountFiles(app, { store, limit: config.fileBytes ?? FILE_BYTES })
  return app
}

/** What stands before every route, also before those that do not exist. */
function guard(app: FastifyInstance, { allowedHosts, tokens }: HttpConfig): void {
  const checkHost = hostCheck(allowedHosts)
  const checkToken = tokenCheck(tokens)
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers({
      'x-request-id': request.id,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    })
    checkHost(request)
    if (request.routeOptions.config.open !== true) request.submitter = checkToken(request)
  })
}
