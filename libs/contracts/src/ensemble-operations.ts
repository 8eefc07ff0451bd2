/** The part of the HTTP API that is about ensembles. */
import { CancelAccepted } from './answer.ts'
import {
  EnsembleAccepted,
  EnsembleChange,
  EnsemblePreview,
  EnsembleRequest,
  EnsembleView,
} from './ensemble.ts'
import { EnsembleList } from './http.ts'
import * as query from './http-query.ts'
import { bytes, json, type Operation } from './operation.ts'

export const ensembleOperations = {
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
} as const satisfies Record<string, Operation>
