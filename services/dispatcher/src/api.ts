/**
 * What the dispatcher offers to people and programs, in the words of the contracts. HTTP is one way to it, the
 * queue of requests another; neither decides anything. Expected ends are values; trouble (Redis or the broker
 * away) throws `Unavailable`.
 */
import type {
  Accepted,
  CancelAccepted,
  EnsembleAccepted,
  EnsembleList,
  EnsemblePreview,
  EnsembleState,
  EnsembleView,
  FeedItem,
  FoundImage,
  ForgottenWorker,
  Model,
  Problem,
  Reproducing,
  RunList,
  RunState,
  RunView,
  ServiceView,
  Why,
  WorkerView,
} from '@carya/contracts'
import type { Registering } from './handlers/register-model.ts'

export type Rejected = { rejected: Problem }

export type RunQuery = {
  state?: RunState
  /** a name, or name@version */
  model?: string
  labels: Record<string, string>
  submitter?: string
  /** as `next` of an earlier answer gave it; a cursor of none is an error of the request */
  cursor?: string
  /** rows at most, 1…500 */
  limit: number
}

export type EnsembleQuery = Omit<RunQuery, 'state'> & { state?: EnsembleState }

export type FeedQuery = {
  /** only how far this ensemble is, first as it is now */
  ensemble?: string
  /** only what concerns this run */
  run?: string
  /** only how far the pull of this image is */
  image?: string
  /** id of the last item seen: the feed resumes behind it, or, where that is gone already, at the oldest kept */
  after?: string
  /** with `run`: log lines of its current attempt too, from this byte on */
  logsFrom?: number
}

export type Api = {
  /** Validates, pins and commits a run. The body is untrusted: parsed JSON of any shape. */
  submit(body: unknown, submitter: string): Promise<{ accepted: Accepted } | Rejected>
  /** Commits an ended run once more, as a new run. The body is untrusted; undefined where there is no such run. */
  reproduce(
    id: string,
    body: unknown,
    submitter: string,
  ): Promise<{ accepted: Reproducing } | Rejected | undefined>
  /** Validates, pins and commits an ensemble, whatever the number of its members. The body is untrusted. */
  submitEnsemble(body: unknown, submitter: string): Promise<{ accepted: EnsembleAccepted } | Rejected>
  /** What it would be; commits nothing. */
  previewEnsemble(body: unknown): Promise<{ preview: EnsemblePreview } | Rejected>
  ensemble(id: string): Promise<EnsembleView | undefined>
  /** Ensembles, newest first. */
  ensembles(query: EnsembleQuery): Promise<EnsembleList | Rejected>
  changeEnsemble(id: string, body: unknown): Promise<{ ensemble: EnsembleView } | Rejected>
  pauseEnsemble(id: string): Promise<{ ensemble: EnsembleView } | Rejected>
  resumeEnsemble(id: string): Promise<{ ensemble: EnsembleView } | Rejected>
  /** What failed runs again. */
  rerunEnsemble(id: string): Promise<{ ensemble: EnsembleView } | Rejected>
  /** The folder of its results in the store, of all members that have ended by now; waits until they are made. */
  results(id: string): Promise<{ folder: string } | Rejected>
  /** Of an ended run or ensemble a no-op that tells its state. */
  cancel(id: string, submitter: string): Promise<{ accepted: CancelAccepted } | Rejected>
  run(id: string): Promise<RunView | undefined>
  /** Why it is not running, by the scheduler's own decisions now. */
  why(id: string): Promise<Why | undefined>
  /** Submissions, newest first. */
  runs(query: RunQuery): Promise<RunList | Rejected>
  /** All as `name@version`. */
  modelRefs(): Promise<string[]>
  /** `name` gives the default version. */
  model(ref: string): Promise<Model | undefined>
  /** Checks a manifest, has a worker resolve its image, and commits the model. `created`: it was not known before. */
  register(
    manifest: unknown,
    how: Registering,
    signal: AbortSignal,
  ): Promise<{ model: Model; created: boolean } | Rejected>
  /** Makes a version, `name@version`, the default of its name. */
  makeDefault(ref: string): Promise<{ model: Model } | Rejected>
  /** Forgets a version, unless it is the default and has others beside it. */
  removeModel(ref: string): Promise<{ model: Model } | Rejected>
  /** Has a worker look up an image. The body is untrusted. */
  findImage(body: unknown, signal: AbortSignal): Promise<{ found: FoundImage } | Rejected>
  workers(): Promise<WorkerView[]>
  /** Has a worker take no more jobs, or take them again; stands until the other is said. */
  drain(worker: string, wish: 'drain' | 'resume'): Promise<{ worker: WorkerView } | Rejected>
  /** Forgets one that is lost and holds nothing; `gone`: as soon as it is so. */
  forget(worker: string, when: 'now' | 'gone'): Promise<{ worker: ForgottenWorker } | Rejected>
  /** The installation, what the reconciler mended, and the last recovery. */
  service(): Promise<ServiceView>
  /** Live and endless until the signal, from the first `next()` on; an item's id is what `after` takes. Bounded: a slow reader loses its oldest. */
  feed(query: FeedQuery, signal: AbortSignal): AsyncIterable<{ id: string; item: FeedItem }>
  /** Whether requests can be accepted now, and what is missing where not. */
  readiness(): Promise<{ ready: boolean; parts: Record<'redis' | 'broker' | 'schema', string> }>
}

/** A part that is needed is away; `part` is named to the user, with HTTP 503. */
export class Unavailable extends Error {
  readonly code = 'UNAVAILABLE'
  readonly part: string
  constructor(part: string, options?: ErrorOptions & { detail?: string }) {
    super(options?.detail ?? `${part} cannot be reached`, options)
    this.part = part
  }
}
