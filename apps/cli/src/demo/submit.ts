/**
 * Requests submitted as queue messages, as any AMQP client would: into `carya.requests` with a `reply_to`, the answers
 * from one's own queue.
 */
import { openBroker, openReplies, type Delivery, type Log } from '@carya/amqp'
import {
  exchanges,
  type EnsembleRequest,
  type EnsembleView,
  type RunRequest,
  type RunView,
} from '@carya/contracts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure, type Problem } from '../terminal/failure.ts'

/** What goes wrong between us and the broker is told by the requests that fail; retries are not worth a line. */
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }

const QUEUE_OUTLIVES_US_MS = 60_000

export type Submitted<View> = { id: string; end: Promise<View> }

export type Submitter = AsyncDisposable & {
  /** Resolves when the request is accepted; a rejected one ends the command with every problem named. */
  submitRun(request: RunRequest): Promise<Submitted<RunView>>
  submitEnsemble(request: EnsembleRequest): Promise<Submitted<EnsembleView>>
}

/** Connects to the broker; the ends of what was submitted are lost once the submitter is disposed of. */
export function openSubmitter(url: string): Submitter {
  const user = decodeURIComponent(new URL(url).username)
  const stack = new AsyncDisposableStack()
  const broker = stack.use(openBroker({ url, name: 'carya demo', log: silent }))
  const replies = stack.use(openReplies(broker, { user, expiresMs: QUEUE_OUTLIVES_US_MS }))

  const submit = async <View extends { id: string }>(
    request: RunRequest | EnsembleRequest,
  ): Promise<Submitted<View>> => {
    const accepted = Promise.withResolvers<string>()
    const ended = Promise.withResolvers<View>()
    const fail = (error: unknown) => {
      accepted.reject(error)
      ended.reject(error)
    }
    // who awaits it hears it; nobody does where the command has failed before
    ended.promise.catch(() => {})
    const answers = replies.ask({
      exchange: exchanges.requests,
      routingKey: '',
      body: Buffer.from(JSON.stringify(request)),
      properties: { contentType: 'application/json', userId: user },
    })
    void hear<View>(answers, accepted.resolve, ended.resolve).catch(fail)
    return { id: await accepted.promise, end: ended.promise }
  }
  return {
    submitRun: (request) => submit<RunView>(request),
    submitEnsemble: (request) => submit<EnsembleView>(request),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** Listens to the end. An acceptance may come twice, or behind the end. */
async function hear<View extends { id: string }>(
  answers: AsyncIterable<Delivery>,
  accepted: (id: string) => void,
  ended: (view: View) => void,
): Promise<void> {
  for await (const { body, properties } of answers) {
    const text = body.toString('utf8')
    const [, what] = (properties.type ?? '').split('.')
    if (what === 'rejected') throw rejected(text)
    const view: View = JSON.parse(text)
    accepted(view.id)
    if (what === 'accepted') continue
    ended(view)
    return
  }
  throw new Error('the reply queue was closed before the end')
}

function rejected(text: string): CommandFailure {
  const problem: Problem = JSON.parse(text)
  return new CommandFailure(exitCodes.failed, problem)
}
