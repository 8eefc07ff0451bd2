/** Answers to a request, sent to its `reply_to` with its `correlation_id`; the AMQP property `type` names them. */
import { z } from 'zod'
import { EnsembleId, RunId } from './ids.ts'
import { EnsembleState, RunState } from './states.ts'

/** AMQP `type` of each answer. The end of a run has its RunView as body, that of an ensemble its EnsembleView, a rejection a Problem. */
export const answerTypes = [
  'run.accepted',
  'run.rejected',
  'run.succeeded',
  'run.failed',
  'run.cancelled',
  'ensemble.accepted',
  'ensemble.rejected',
  'ensemble.succeeded',
  'ensemble.partial',
  'ensemble.failed',
  'ensemble.cancelled',
  'cancel.accepted',
  'cancel.rejected',
] as const
export type AnswerType = (typeof answerTypes)[number]

export const Accepted = z
  .looseObject({ v: z.literal(1), id: RunId, state: RunState, duplicate: z.boolean() })
  .meta({
    id: 'Accepted',
    description:
      'The request is committed and will end in exactly one result; `duplicate`: it was known already',
  })
export type Accepted = z.infer<typeof Accepted>

export const CancelAccepted = z
  .looseObject({
    v: z.literal(1),
    id: z.union([RunId, EnsembleId]),
    state: z.union([RunState, EnsembleState]),
    changed: z
      .boolean()
      .optional()
      .meta({ description: 'false: nothing was changed, it had ended or was being stopped already' }),
  })
  .meta({
    id: 'CancelAccepted',
    description: 'The state it is in now: a running one ends a little later',
  })
export type CancelAccepted = z.infer<typeof CancelAccepted>
