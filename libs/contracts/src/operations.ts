/**
 * The HTTP API as data: the server mounts its routes from it and OpenAPI is drawn from it, so they cannot differ.
 * A path parameter stands in braces; `{*}` is the rest of the path, slashes included.
 */
import type { z } from 'zod'
import { Accepted, CancelAccepted } from './answer.ts'
import {
  EnsembleList,
  ForgottenWorker,
  ModelList,
  OutputList,
  RunList,
  ServiceView,
  StoredFile,
  Why,
  WorkerList,
} from './http.ts'
import {
  EnsembleAccepted,
  EnsembleChange,
  EnsemblePreview,
  EnsembleRequest,
  EnsembleView,
} from './ensemble.ts'
import * as query from './http-query.ts'
import { WorkerView } from './heartbeat.ts'
import { Manifest, Model } from './manifest.ts'
import { RunRequest, RunView } from './run.ts'

type Answer = { description: string; type?: string; schema?: z.ZodType }
export type Operation = {
  id: string
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  summary: string
  params: z.ZodType
  query: z.ZodType
  body?: { type: 'application/json' | 'application/octet-stream'; schema?: z.ZodType }
  answers: Record<number, Answer>
  /** Answered without a token. */
  open?: true
}

const json = (schema: z.ZodType, description: string): Answer => ({
  description,
  type: 'application/json',
  schema,
})
const bytes = (description: string, type = 'application/octet-stream'): Answer => ({ description, type })

export const operations = {
  submitRun: {
    id: 'submitRun',
    method: 'POST',
    path: '/v1/runs',
    summary: 'Submits a run; with a `key` known already the same run is answered again',
    params: query.NoParams,
    query: query.NoQuery,
    body: { type: 'application/json', schema: RunRequest },
    answers: {
      201: json(Accepted, 'Committed; `Location` names the run'),
      200: json(Accepted, 'Known already by its key'),
    },
  },
  listRuns: {
    id: 'listRuns',
    method: 'GET',
    path: '/v1/runs',
    summary: 'Submissions, newest first',
    params: query.NoParams,
    query: query.RunsQuery,
    answers: { 200: json(RunList, 'A page') },
  },
  getRun: {
    id: 'getRun',
    method: 'GET',
    path: '/v1/runs/{id}',
    summary: 'A run: what was asked, where it is, what came of it',
    params: query.OfRun,
    query: query.NoQuery,
    answers: { 200: json(RunView, 'The run') },
  },
  cancelRun: {
    id: 'cancelRun',
    method: 'POST',
    path: '/v1/runs/{id}/cancel',
    summary: 'Cancels a run; changes nothing of an ended one',
    params: query.OfRun,
    query: query.NoQuery,
    answers: { 202: json(CancelAccepted, 'The state it is in now; a running one ends a little later') },
  },
  explainRun: {
    id: 'explainRun',
    method: 'GET',
    path: '/v1/runs/{id}/why',
    summary: 'Why a run is not running',
    params: query.OfRun,
    query: query.NoQuery,
    answers: { 200: json(Why, 'Reasons, the weightiest first') },
  },
  readLog: {
    id: 'readLog',
    method: 'GET',
    path: '/v1/runs/{id}/logs',
    summary: 'The log of an attempt; takes a byte range',
    params: query.OfRun,
    query: query.LogsQuery,
    answers: { 200: bytes('The log', 'text/plain'), 206: bytes('A part of it', 'text/plain') },
  },
  listOutputs: {
    id: 'listOutputs',
    method: 'GET',
    path: '/v1/runs/{id}/outputs',
    summary: 'Output files of the latest attempt',
    params: query.OfRun,
    query: query.OutputsQuery,
    answers: { 200: json(OutputList, 'Files by name') },
  },
  readOutput: {
    id: 'readOutput',
    method: 'GET',
    path: '/v1/runs/{id}/outputs/{*}',
    summary: 'An output file; takes a byte range',
    params: query.OfOutput,
    query: query.NoQuery,
    answers: { 200: bytes('The file'), 206: bytes('A part of it') },
  },
  submitEnsemble: {
    id: 'submitEnsemble',
    method: 'POST',
    path: '/v1/ensembles',
    summary: 'Submits an ensemble; with a `key` known already the same one is answered again',
    params: query.NoParams,
    query: query.NoQuery,
    body: { type: 'application/json', schema: EnsembleRequest },
    answers: {
      201: json(EnsembleAccepted, 'Committed; `Location` names the ensemble'),
      200: json(EnsembleAccepted, 'Known already by its key'),
    },
  },
  previewEnsemble: {
    id: 'previewEnsemble',
    method: 'POST',
    path: '/v1/ensembles/preview',
    summary: 'What an ensemble would be; submits nothing',
    params: query.NoParams,
    query: query.NoQuery,
    body: { type: 'application/json', schema: EnsembleRequest },
    answers: { 200: json(EnsemblePreview, 'How many members, and the first of them') },
  },
  listEnsembles: {
    id: 'listEnsembles',
    method: 'GET',
    path: '/v1/ensembles',
    summary: 'Ensembles, newest first',
    params: query.NoParams,
    query: query.EnsemblesQuery,
    answers: { 200: json(EnsembleList, 'A page') },
  },
  getEnsemble: {
    id: 'getEnsemble',
    method: 'GET',
    path: '/v1/ensembles/{id}',
    summary: 'An ensemble: what was asked, how far it is, what came of it',
    params: query.OfEnsemble,
    query: query.NoQuery,
    answers: { 200: json(EnsembleView, 'The ensemble') },
  },
  changeEnsemble: {
    id: 'changeEnsemble',
    method: 'PATCH',
    path: '/v1/ensembles/{id}',
    summary: 'Changes the priority or the bound on members at once',
    params: query.OfEnsemble,
    query: query.NoQuery,
    body: { type: 'application/json', schema: EnsembleChange },
    answers: { 200: json(EnsembleView, 'The ensemble') },
  },
  cancelEnsemble: {
    id: 'cancelEnsemble',
    method: 'POST',
    path: '/v1/ensembles/{id}/cancel',
    summary: 'Cancels an ensemble; changes nothing of an ended one',
    params: query.OfEnsemble,
    query: query.NoQuery,
    answers: { 202: json(CancelAccepted, 'The state it is in now; it ends when no member runs any more') },
  },
  pauseEnsemble: {
    id: 'pauseEnsemble',
    method: 'POST',
    path: '/v1/ensembles/{id}/pause',
    summary: 'Has no more members fed; those that run go on',
    params: query.OfEnsemble,
    query: query.NoQuery,
    answers: { 200: json(EnsembleView, 'The ensemble') },
  },
  resumeEnsemble: {
    id: 'resumeEnsemble',
    method: 'POST',
    path: '/v1/ensembles/{id}/resume',
    summary: 'Has a paused ensemble go on',
    params: query.OfEnsemble,
    query: query.NoQuery,
    answers: { 200: json(EnsembleView, 'The ensemble') },
  },
  rerunEnsemble: {
    id: 'rerunEnsemble',
    method: 'POST',
    path: '/v1/ensembles/{id}/rerun',
    summary: 'Runs its failed members again, and those that were not run because of them',
    params: query.OfEnsemble,
    query: query.NoQuery,
    answers: { 200: json(EnsembleView, 'The ensemble') },
  },
  readResults: {
    id: 'readResults',
    method: 'GET',
    path: '/v1/ensembles/{id}/results/{file}',
    summary:
      'Tables and statistics: results.csv, results.parquet, quantiles.csv, sensitivity.csv, summary.json; of an ensemble that goes on, of the members so far',
    params: query.OfResult,
    query: query.NoQuery,
    answers: { 200: bytes('The file'), 206: bytes('A part of it') },
  },
  followEvents: {
    id: 'followEvents',
    method: 'GET',
    path: '/v1/events',
    summary: 'Server-sent events, each a FeedItem; `Last-Event-ID` resumes',
    params: query.NoParams,
    query: query.EventsQuery,
    answers: { 200: bytes('An endless stream', 'text/event-stream') },
  },
  listModels: {
    id: 'listModels',
    method: 'GET',
    path: '/v1/models',
    summary: 'Registered models by name and version',
    params: query.NoParams,
    query: query.PageQuery,
    answers: { 200: json(ModelList, 'A page') },
  },
  getModel: {
    id: 'getModel',
    method: 'GET',
    path: '/v1/models/{ref}',
    summary: 'A model; `name` gives its default version',
    params: query.OfModel,
    query: query.NoQuery,
    answers: { 200: json(Model, 'The model') },
  },
  registerModel: {
    id: 'registerModel',
    method: 'PUT',
    path: '/v1/models',
    summary: 'Registers a model: its image is looked up by a worker and pinned',
    params: query.NoParams,
    query: query.NoQuery,
    body: { type: 'application/json', schema: Manifest },
    answers: { 201: json(Model, 'Registered'), 200: json(Model, 'Known already') },
  },
  storeFile: {
    id: 'storeFile',
    method: 'PUT',
    path: '/v1/files',
    summary: 'Stores an input under its hash; its `url` is what a run request takes',
    params: query.NoParams,
    query: query.NoQuery,
    body: { type: 'application/octet-stream' },
    answers: { 201: json(StoredFile, 'Stored') },
  },
  listWorkers: {
    id: 'listWorkers',
    method: 'GET',
    path: '/v1/workers',
    summary: 'Workers as their last heartbeats described them',
    params: query.NoParams,
    query: query.WorkersQuery,
    answers: { 200: json(WorkerList, 'A page') },
  },
  drainWorker: {
    id: 'drainWorker',
    method: 'POST',
    path: '/v1/workers/{name}/drain',
    summary: 'Has a worker take no more jobs, until it is resumed; what it has goes on to its end',
    params: query.OfWorker,
    query: query.NoQuery,
    answers: { 200: json(WorkerView, 'The worker; `drained` says when it holds nothing any more') },
  },
  resumeWorker: {
    id: 'resumeWorker',
    method: 'POST',
    path: '/v1/workers/{name}/resume',
    summary: 'Has a drained worker take jobs again',
    params: query.OfWorker,
    query: query.NoQuery,
    answers: { 200: json(WorkerView, 'The worker') },
  },
  forgetWorker: {
    id: 'forgetWorker',
    method: 'DELETE',
    path: '/v1/workers/{name}',
    summary:
      'Forgets a worker that is lost and holds nothing; else 409. Should it come back, it is a new one',
    params: query.OfWorker,
    query: query.ForgetQuery,
    answers: {
      200: json(ForgottenWorker, 'It is forgotten'),
      202: json(ForgottenWorker, 'With `when=gone`: it will be'),
    },
  },
  describeService: {
    id: 'describeService',
    method: 'GET',
    path: '/v1/service',
    summary: 'The installation: what was mended, and what was found after a loss of Redis',
    params: query.NoParams,
    query: query.NoQuery,
    answers: { 200: json(ServiceView, 'The service') },
  },
  health: {
    id: 'health',
    method: 'GET',
    path: '/healthz',
    summary: 'Whether the process lives',
    params: query.NoParams,
    query: query.NoQuery,
    answers: { 200: { description: 'It does', type: 'application/json' } },
    open: true,
  },
  readiness: {
    id: 'readiness',
    method: 'GET',
    path: '/readyz',
    summary: 'Whether requests can be accepted now, and which part is missing',
    params: query.NoParams,
    query: query.NoQuery,
    answers: {
      200: { description: 'Ready', type: 'application/json' },
      503: { description: 'Not ready', type: 'application/json' },
    },
    open: true,
  },
  describe: {
    id: 'describe',
    method: 'GET',
    path: '/openapi.json',
    summary: 'This description',
    params: query.NoParams,
    query: query.NoQuery,
    answers: { 200: { description: 'OpenAPI 3.1', type: 'application/json' } },
  },
} as const satisfies Record<string, Operation>
