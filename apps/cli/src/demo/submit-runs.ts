/**
 * Runs submitted as queue messages, as any AMQP client would: a request into `carya.requests` with a `reply_to`, the
 * answers from one's own queue. The events say when a run has begun.
 */
import { openBroker, openReplies, type Log } from '@carya/amqp'
import { exchanges, type RunEvent, type RunRequest, type RunView } from '@carya/contracts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure, type Problem } from '../terminal/failure.ts'

export type Tally = { accepted: number; running: number; ended: number; failed: number }

/** What goes wrong between us and the broker is told by the requests that fail; retries are not worth a line. */
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }

const QUEUE_OUTLIVES_US_MS = 60_000

/**
 * Submits all requests at once and gives their ends in the same order; `onChange` hears how far they are. A rejected
 * request ends the command with every problem named.
 */
export async function submitRuns(
  url: string,
  requests: readonly RunRequest[],
  onChange: (tally: Tally) => void,
): Promise<RunView[]> {
  const user = decodeURIComponent(new URL(url).username)
  await using stack = new AsyncDisposableStack()
  const broker = stack.use(openBroker({ url, name: 'carya demo', log: silent }))
  const replies = stack.use(openReplies(broker, { user, expiresMs: QUEUE_OUTLIVES_US_MS }))

  const ours = new Set<string>()
  const begun = new Set<string>()
  const tally: Tally = { accepted: 0, running: 0, ended: 0, failed: 0 }
  const tell = () => {
    const running = [...begun].filter((id) => ours.has(id)).length - tally.ended
    onChange({ ...tally, running: Math.max(0, running) })
  }
  const eventsQueue = `${replies.replyTo}.events`
  broker.openConsumer({
    queue: eventsQueue,
    prefetch: 100,
    async setup(channel) {
      const bounded = { 'x-queue-type': 'classic', 'x-expires': QUEUE_OUTLIVES_US_MS }
      await channel.assertQueue(eventsQueue, { durable: true, arguments: bounded })
      await channel.bindQueue(eventsQueue, exchanges.events, 'run.running.dalec')
    },
    async handle({ body }) {
      const event: RunEvent = JSON.parse(body.toString('utf8'))
      begun.add(event.data.id)
      tell()
      return 'ack'
    },
  })

  const submit = async (request: RunRequest): Promise<RunView> => {
    const body = Buffer.from(JSON.stringify(request))
    const properties = { contentType: 'application/json', userId: user }
    for await (const answer of replies.ask({
      exchange: exchanges.requests,
      routingKey: '',
      body,
      properties,
    })) {
      const text = answer.body.toString('utf8')
      if (answer.properties.type === 'run.rejected') throw rejected(text)
      if (answer.properties.type === 'run.accepted') {
        const { id }: { id: string } = JSON.parse(text)
        ours.add(id)
        tally.accepted += 1
        tell()
        continue
      }
      const run: RunView = JSON.parse(text)
      begun.add(run.id)
      tally.ended += 1
      if (run.state !== 'succeeded') tally.failed += 1
      tell()
      return run
    }
    throw new Error('the reply queue was closed before the end of a run')
  }
  // awaited here: the connection is closed when this function is left
  return await Promise.all(requests.map(submit))
}

function rejected(text: string): CommandFailure {
  const problem: Problem = JSON.parse(text)
  return new CommandFailure(exitCodes.failed, problem)
}
