/** A submitter who asks by messages alone, and hears acceptance and end as answers. */
import type { RunView, TerminalState } from '@carya/contracts'
import { openSubmitter, type Asked } from '../support/submitter.ts'
import type { Installation } from '../support/installation.ts'

export type AskedRun = {
  id: string
  /** Waits until the asker is told the end, which is to be this one. */
  end(state?: TerminalState): Promise<RunView>
}
export type Asking = AsyncDisposable & {
  /** Sends a request for a run of this model; nobody may be there to take it. */
  send(model: string, more?: object): Asked
  /** Waits until a run that was asked for is accepted. */
  accepted(asked: Asked): Promise<AskedRun>
  /** Both. */
  ask(model: string, more?: object): Promise<AskedRun>
  /** Asks that a run be cancelled. */
  cancel(run: string): Asked
}

export async function openAsking(installation: Installation, name = 'ann'): Promise<Asking> {
  await installation.submitter(name)
  const submitter = await openSubmitter(installation.amqpUrl(name))
  const asking: Asking = {
    send: (model, more = {}) => submitter.send({ kind: 'run', model, ...more }),
    async accepted(asked) {
      const { type, body } = await asked.answer('run.accepted', 'run.rejected')
      if (type !== 'run.accepted') throw new Error(`rejected: ${JSON.stringify(body)}`)
      return {
        id: String(body['id']),
        async end(state = 'succeeded') {
          const end = await asked.answer('run.succeeded', 'run.failed', 'run.cancelled')
          if (end.type !== `run.${state}`) throw new Error(`${end.type}: ${JSON.stringify(end.body)}`)
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the end is what GET gives
          return end.body as unknown as RunView
        },
      }
    },
    ask: (model, more) => asking.accepted(asking.send(model, more)),
    cancel: (id) => submitter.send({ kind: 'cancel', id }),
    [Symbol.asyncDispose]: () => submitter[Symbol.asyncDispose](),
  }
  return asking
}
