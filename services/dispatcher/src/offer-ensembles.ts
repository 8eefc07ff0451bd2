/** What the `Api` says of ensembles, over the handlers and stores. */
import { badRequest, EnsembleId, isEnded, problem, type EnsembleView, type FeedItem } from '@carya/contracts'
import type { Api } from './api.ts'
import { countsOf, ensembleRow, ensembleView, type EnsembleRecord } from './domain/ensemble-record.ts'
import type { AcceptEnsemble, PreviewEnsemble } from './handlers/accept-ensemble.ts'
import type { AnalyseEnsemble } from './handlers/analyse-ensemble.ts'
import { noEnsemble, type AskEnsemble } from './handlers/change-ensemble.ts'
import type { EnsembleStore, StoredEnsembles } from './ensemble-ports.ts'
import type { Feed } from './ports.ts'

export type OfferEnsembleParts = {
  ensembles: EnsembleStore
  storedEnsembles: StoredEnsembles
  acceptEnsemble: AcceptEnsemble
  previewEnsemble: PreviewEnsemble
  askEnsemble: AskEnsemble
  analyse: AnalyseEnsemble
  feed: Feed
}

type Offered = Pick<
  Api,
  | 'submitEnsemble'
  | 'previewEnsemble'
  | 'ensemble'
  | 'ensembles'
  | 'changeEnsemble'
  | 'pauseEnsemble'
  | 'resumeEnsemble'
  | 'rerunEnsemble'
  | 'results'
>

export function offerEnsembles(parts: OfferEnsembleParts): Offered {
  const { ensembles, storedEnsembles, askEnsemble: ask } = parts

  async function view(record: EnsembleRecord): Promise<EnsembleView | undefined> {
    const [spec, facts, out] = await Promise.all([
      ensembles.spec(record),
      ensembles.facts(record.id),
      ensembles.out(record),
    ])
    return spec && ensembleView(record, spec, facts, out)
  }

  return {
    submitEnsemble: (body, submitter) => parts.acceptEnsemble(body, { submitter }),
    previewEnsemble: (body) => parts.previewEnsemble(body),
    async ensemble(id) {
      const record = await ensembles.read(id)
      // ended longer ago than records are kept, or forgotten with Redis
      return record ? view(record) : (await storedEnsembles.find(id))?.view
    },
    async ensembles({ cursor, ...query }) {
      if (cursor !== undefined && !EnsembleId.safeParse(cursor).success)
        return {
          rejected: badRequest([{ path: 'cursor', value: cursor, detail: '`next` of an earlier answer' }]),
        }
      const { items, next } = await ensembles.list(cursor === undefined ? query : { ...query, after: cursor })
      const rows = await Promise.all(
        items.map(async (record) =>
          ensembleRow(record, await ensembles.facts(record.id), await ensembles.out(record)),
        ),
      )
      return { items: rows, ...(next === undefined ? {} : { next }) }
    },
    changeEnsemble: ask.change,
    pauseEnsemble: ask.pause,
    resumeEnsemble: ask.resume,
    rerunEnsemble: ask.rerun,
    async results(id) {
      const record = await ensembles.read(id)
      const folder = `ensembles/${id}/results`
      if (!record) return (await storedEnsembles.find(id)) ? { folder } : { rejected: noEnsemble(id) }
      if (record.state === 'checking' || record.members === undefined)
        return {
          rejected: problem(
            409,
            'no-results',
            'There are no results',
            `${id} has no members: it is ${record.state}`,
          ),
        }
      const { live, succeeded, cancelled, failures } = await ensembles.facts(id)
      if (succeeded + cancelled + failures.length === 0 && !isEnded(record.state))
        return {
          rejected: problem(
            409,
            'no-results',
            'There are no results yet',
            `no member of ${id} has ended, ${live} live`,
          ),
        }
      if (record.results !== 'complete') await parts.analyse(id)
      return { folder }
    },
  }
}

/** How far an ensemble is: now, and whenever that changes, until it has ended. */
export async function* followEnsemble(
  id: string,
  { ensembles, feed }: Pick<OfferEnsembleParts, 'ensembles' | 'feed'>,
  signal: AbortSignal,
): AsyncGenerator<{ id: string; item: FeedItem }> {
  const last = await feed.last()
  const record = await ensembles.read(id)
  if (record) {
    const [facts, out] = await Promise.all([ensembles.facts(id), ensembles.out(record)])
    const { state } = record
    yield {
      id: last,
      item: { kind: 'ensemble', id, state, members: countsOf(record, facts, out), failures: facts.failures },
    }
  }
  for await (const entry of feed.follow(last, signal))
    if (entry.item.kind === 'ensemble' && entry.item.id === id) yield entry
}
