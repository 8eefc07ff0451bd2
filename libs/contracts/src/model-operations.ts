/** The part of the HTTP API that is about models and their images. */
import { FoundImage, ImageRequest, ModelList } from './http.ts'
import * as query from './http-query.ts'
import { Manifest, Model } from './manifest.ts'
import { json, type Operation } from './operation.ts'

export const modelOperations = {
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
    query: query.RegisterQuery,
    body: { type: 'application/json', schema: Manifest },
    answers: { 201: json(Model, 'Registered'), 200: json(Model, 'Known already') },
  },
  makeDefault: {
    id: 'makeDefault',
    method: 'POST',
    path: '/v1/models/{ref}/default',
    summary: 'Makes a version the one that a run gets which names none',
    params: query.OfVersion,
    query: query.NoQuery,
    answers: { 200: json(Model, 'The model') },
  },
  removeModel: {
    id: 'removeModel',
    method: 'DELETE',
    path: '/v1/models/{ref}',
    summary:
      'Forgets a version of a model; 409 for the default while there are others. Runs and ensembles that are out go on',
    params: query.OfVersion,
    query: query.NoQuery,
    answers: { 200: json(Model, 'The model as it was') },
  },
  findImage: {
    id: 'findImage',
    method: 'POST',
    path: '/v1/images',
    summary: 'Has a worker look up an image: its digest, and the manifest that it may carry in its label',
    params: query.NoParams,
    query: query.NoQuery,
    body: { type: 'application/json', schema: ImageRequest },
    answers: { 200: json(FoundImage, 'The image') },
  },
} as const satisfies Record<string, Operation>
