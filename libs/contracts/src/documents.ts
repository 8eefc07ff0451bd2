/** Every document that travels, by the name of its schema: each is published as a JSON Schema file of its own. */
import type { z } from 'zod'
import { Accepted, CancelAccepted } from './answer.ts'
import {
  EnsembleAccepted,
  EnsembleChange,
  EnsemblePreview,
  EnsembleRequest,
  EnsembleView,
  MemberRow,
} from './ensemble.ts'
import { EnsembleSummary } from './ensemble-results.ts'
import { EnsembleEvent, FeedItem, RunEvent } from './event.ts'
import { Heartbeat, WorkerView } from './heartbeat.ts'
import {
  EnsembleList,
  ForgottenWorker,
  FoundImage,
  ImageRequest,
  ModelList,
  OutputList,
  RunList,
  ServiceView,
  StoredFile,
  Why,
  WorkerList,
} from './http.ts'
import { Job } from './job.ts'
import { nameOf, selfContained, type JsonObject } from './json-schema.ts'
import { Manifest, Model } from './manifest.ts'
import { ManifestFile } from './manifest-file.ts'
import { Orders } from './order.ts'
import { Problem } from './problem.ts'
import { Claimed, Declined, Expire, Finished, HeldReport, Report, Resolved, Started } from './report.ts'
import { Provenance } from './provenance.ts'
import { ReproduceRequest, Reproducing } from './reproduce.ts'
import { CancelRequest, RunRequest, RunView } from './run.ts'

const documents: readonly z.ZodType[] = [
  RunRequest,
  CancelRequest,
  Accepted,
  CancelAccepted,
  RunView,
  Provenance,
  ReproduceRequest,
  Reproducing,
  EnsembleRequest,
  EnsembleAccepted,
  EnsembleView,
  EnsembleChange,
  EnsemblePreview,
  EnsembleSummary,
  MemberRow,
  Problem,
  Job,
  Report,
  Claimed,
  Started,
  Finished,
  Declined,
  HeldReport,
  Resolved,
  Expire,
  Heartbeat,
  Orders,
  RunEvent,
  EnsembleEvent,
  FeedItem,
  Manifest,
  ManifestFile,
  Model,
  ImageRequest,
  FoundImage,
  WorkerView,
  RunList,
  EnsembleList,
  ModelList,
  WorkerList,
  ForgottenWorker,
  OutputList,
  StoredFile,
  Why,
  ServiceView,
]

/** The schemas by name, each complete in itself. */
export function schemas(): Record<string, JsonObject> {
  return Object.fromEntries(documents.map((one) => [nameOf(one), selfContained(nameOf(one))]))
}
