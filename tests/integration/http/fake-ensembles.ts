/** Ensembles of the fake API: one that is known, which does what it is asked, and is listed once it was submitted. */
import { badRequest, newId, problem, type EnsembleView } from '@carya/contracts'
import type { Api } from '../../../services/dispatcher/src/api.ts'

type Ensembles = Pick<
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

/** The id that is known. */
export const ENSEMBLE = newId('e')

/** `check` throws the trouble that is wished. */
export function fakeEnsembles(check: () => void): Ensembles {
  let view: EnsembleView = {
    v: 1,
    id: ENSEMBLE,
    state: 'running',
    submitter: 'ann',
    model: 'dalec@1.0.0',
    image: { name: 'lab/dalec:1.0.0', digest: `sha256:${'0'.repeat(64)}`, by: 'repo' },
    design: { kind: 'lhs' },
    varied: [{ name: 'f_lab', type: 'number' }],
    base: { params: {}, inputs: {} },
    members: { total: 4, pending: 4, queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0 },
    failures: [],
    failure: { policy: 'continue' },
    resources: { cpus: 1, memory: 2 ** 28 },
    timeout: 600,
    retries: 0,
    priority: 0,
    pool: 'default',
    labels: {},
    round: 0,
    createdAt: new Date().toISOString(),
  }
  let isListed = false
  const none = { rejected: problem(404, 'no-such-ensemble', 'There is no such ensemble') }
  const changed = (id: string, more: Partial<EnsembleView>) => {
    check()
    if (id !== ENSEMBLE) return none
    view = { ...view, ...more }
    return { ensemble: view }
  }
  return {
    async submitEnsemble(body) {
      check()
      if (typeof body !== 'object' || body === null || !('design' in body))
        return { rejected: badRequest([{ path: 'design', value: null, detail: 'missing' }]) }
      isListed = true
      return { accepted: { v: 1, id: ENSEMBLE, state: 'running', duplicate: false, members: 4 } }
    },
    async previewEnsemble() {
      check()
      return {
        preview: {
          members: 4,
          notes: [],
          varied: view.varied,
          first: [{ index: 0, params: { f_lab: 0.5 } }],
        },
      }
    },
    async ensemble(id) {
      check()
      return id === ENSEMBLE ? view : undefined
    },
    async ensembles() {
      check()
      const { id, state, submitter, model, labels, members, createdAt } = view
      return { items: isListed ? [{ id, state, submitter, model, labels, members, createdAt }] : [] }
    },
    changeEnsemble: async (id) => changed(id, { priority: 1 }),
    pauseEnsemble: async (id) => changed(id, { state: 'paused' }),
    resumeEnsemble: async (id) => changed(id, { state: 'running' }),
    rerunEnsemble: async (id) => changed(id, { round: view.round + 1 }),
    async results(id) {
      check()
      return id === ENSEMBLE ? { folder: `ensembles/${id}/results` } : none
    },
  }
}
