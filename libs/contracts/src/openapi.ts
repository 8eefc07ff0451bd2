/** OpenAPI 3.1 of the HTTP API, drawn from the operations that the server mounts. */
import { z } from 'zod'
import { definitions, inline, nameOf, type JsonObject } from './json-schema.ts'
import type { Operation } from './operation.ts'
import { operations } from './operations.ts'
import { FeedItem } from './event.ts'
import { Problem } from './problem.ts'

const PREFIX = '#/components/schemas/'

/** The whole description; the same at each call. */
export function openApi(): JsonObject {
  const all: Operation[] = Object.values(operations)
  const paths: Record<string, JsonObject> = {}
  for (const operation of all) {
    const path = operation.path.replace('{*}', '{name}')
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: describe(operation) }
  }
  const schemas = [Problem, FeedItem, ...all.flatMap(schemasOf)].map(nameOf)
  return {
    openapi: '3.1.1',
    info: {
      title: 'Carya',
      version: '1',
      description:
        'Runs simulation models, each run in a container of its own. Every error is a problem document (RFC 9457).',
      license: { name: 'BSD-3-Clause', identifier: 'BSD-3-Clause' },
    },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: definitions(PREFIX, [...new Set(schemas)]),
    },
  }
}

function schemasOf({ body, answers }: Operation): z.ZodType[] {
  return [body?.schema, ...Object.values(answers).map((answer) => answer.schema)].filter(
    (schema) => schema !== undefined,
  )
}

function describe({ id, summary, params, query, body, answers, open }: Operation): JsonObject {
  const parameters = [...parametersOf(params, 'path'), ...parametersOf(query, 'query')]
  const responses = Object.entries(answers).map(([status, { description, type, schema }]) => [
    status,
    { description, ...(type === undefined ? {} : { content: content(type, schema) }) },
  ])
  return {
    operationId: id,
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: content(body.type, body.schema) } }),
    responses: {
      ...Object.fromEntries(responses),
      default: { description: 'What is wrong', content: content('application/problem+json', Problem) },
    },
    ...(open === true ? { security: [] } : {}),
  }
}

function content(type: string, schema: z.ZodType | undefined): JsonObject {
  return { [type]: schema === undefined ? {} : { schema: { $ref: PREFIX + nameOf(schema) } } }
}

function parametersOf(schema: z.ZodType, place: 'path' | 'query'): JsonObject[] {
  if (!(schema instanceof z.ZodObject)) return []
  return Object.entries<z.ZodType>(schema.shape).map(([name, field]) => {
    const { description, ...rest } = inline(field, PREFIX)
    return {
      name: name === '*' ? 'name' : name,
      in: place,
      required: place === 'path',
      ...(description === undefined ? {} : { description }),
      schema: rest,
    }
  })
}
