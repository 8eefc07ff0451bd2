/** Load, decide, commit for ensembles: pause, resume, cancel, change, run again. Each costs the same however many members there are. */
import {
  EnsembleChange,
  badRequest,
  errorsOf,
  isEnded,
  problem,
  type CancelAccepted,
  type EnsembleView,
  type Problem,
} from '@carya/contracts'
import { cancelEnsemble, change, pause, rerun, resume, type EnsembleDecision } from '../domain/ensemble.ts'
import { ensembleMessages } from '../domain/ensemble-messages.ts'
import {
  ensembleView,
  type EnsembleRecord,
  type EnsembleSpec,
  type MemberFacts,
  type MembersOut,
} from '../domain/ensemble-record.ts'
import type { EnsembleStore } from '../ensemble-ports.ts'
import type { Changed, Clock } from '../ports.ts'

export type ChangeEnsembleParts = {
  ensembles: EnsembleStore
  clock: Clock
  installation: string
  poke: (pool: string) => void
}

type Decide = (record: EnsembleRecord, facts: MemberFacts, spec: EnsembleSpec) => EnsembleDecision
export type EnsembleChanged =
  | { before: EnsembleRecord; after: EnsembleRecord; facts: MemberFacts; spec: EnsembleSpec }
  | { refused: string; record: EnsembleRecord; facts: MemberFacts; spec: EnsembleSpec }
  | 'unknown'

export type ChangeEnsemble = (
  id: string,
  decide: Decide,
  more?: Parameters<EnsembleStore['change']>[3],
) => Promise<EnsembleChanged>

export function changeEnsemble({
  ensembles,
  clock,
  installation,
  poke,
}: ChangeEnsembleParts): ChangeEnsemble {
  return async (id, decide, more) => {
    let out: MembersOut | undefined
    for (;;) {
      // the record first (one connection keeps the order): what was added to the facts since makes the commit conflict.
      // Both in one go, and nothing else in between once it is tried again: the feed changes the record all the time
      const [record, facts] = await Promise.all([ensembles.read(id), ensembles.facts(id)])
      const spec = more?.spec ?? (record && (await ensembles.spec(record)))
      if (!record || !spec) return 'unknown'
      const decision = decide(record, facts, spec)
      if ('refused' in decision) return { refused: decision.refused, record, facts, spec }
      const after = decision.ensemble
      out ??= await ensembles.out(record)
      const messages = ensembleMessages(record, after, { spec, facts, out }, installation, clock.iso())
      if ((await ensembles.change(record, after, messages, more)) === ('conflict' satisfies Changed)) continue
      if (!isEnded(after.state)) poke(after.pool)
      return { before: record, after, facts, spec }
    }
  }
}

export type AskEnsemble = {
  change(id: string, body: unknown): Promise<{ ensemble: EnsembleView } | { rejected: Problem }>
  pause(id: string): Promise<{ ensemble: EnsembleView } | { rejected: Problem }>
  resume(id: string): Promise<{ ensemble: EnsembleView } | { rejected: Problem }>
  rerun(id: string): Promise<{ ensemble: EnsembleView } | { rejected: Problem }>
  cancel(id: string): Promise<{ accepted: CancelAccepted } | { rejected: Problem }>
}

/** What people ask of an ensemble. `touched`: something follows from it (`handlers/tend-ensembles.ts`). */
export function askEnsemble(
  ask: ChangeEnsemble,
  ensembles: Pick<EnsembleStore, 'out'>,
  clock: Clock,
  touched: (id: string) => void,
): AskEnsemble {
  async function shown(id: string, changed: EnsembleChanged) {
    if (changed === 'unknown') return { rejected: noEnsemble(id) }
    if ('refused' in changed)
      return { rejected: problem(409, 'conflict', 'This cannot be done now', `${id}: ${changed.refused}`) }
    const { after, spec, facts } = changed
    touched(id)
    return { ensemble: ensembleView(after, spec, facts, await ensembles.out(after)) }
  }

  return {
    async change(id, body) {
      const parsed = EnsembleChange.safeParse(body)
      if (!parsed.success) return { rejected: badRequest(errorsOf(parsed.error, body)) }
      return shown(id, await ask(id, (record) => change(record, parsed.data)))
    },
    pause: async (id) => shown(id, await ask(id, pause)),
    resume: async (id) => shown(id, await ask(id, resume)),
    rerun: async (id) => shown(id, await ask(id, rerun, { again: true })),
    async cancel(id) {
      const changed = await ask(id, (record, facts) => cancelEnsemble(record, facts, clock.iso()))
      if (changed === 'unknown') return { rejected: noEnsemble(id) }
      const isChanged = 'after' in changed
      if (isChanged) touched(id)
      const { state } = isChanged ? changed.after : changed.record
      return { accepted: { v: 1, id, state, ...(isChanged ? {} : { changed: false }) } }
    },
  }
}

export function noEnsemble(id: string): Problem {
  return problem(
    404,
    'no-such-ensemble',
    'There is no such ensemble',
    `${id} is not known here, or no longer`,
  )
}
