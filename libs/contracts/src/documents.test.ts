import { describe, expect, test } from 'vitest'
import { asyncApi } from './asyncapi.ts'
import { schemas } from './documents.ts'
import { openApi } from './openapi.ts'
import { exchanges } from './topology.ts'

function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) =>
    key === '$ref' && typeof item === 'string' ? [item] : references(item),
  )
}

function at(document: unknown, reference: string): unknown {
  const steps = reference.replace(/^#\//, '').split('/')
  return steps.reduce<unknown>(
    (value, step) => (value instanceof Object ? Reflect.get(value, step) : undefined),
    document,
  )
}

describe('every reference leads somewhere in its own document', () => {
  const documents = { ...schemas(), AsyncAPI: asyncApi(), OpenAPI: openApi() }
  test.each(Object.entries(documents))('%s', (_name, document) => {
    for (const reference of references(document))
      expect([reference, at(document, reference)]).toEqual([reference, expect.anything()])
  })
})

test('a schema is a file of its own, and holds no more than it needs', () => {
  const { RunRequest } = schemas()
  expect(RunRequest).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:carya:schema:RunRequest',
    additionalProperties: false,
    required: ['kind', 'model'],
  })
  expect(Object.keys(Object(RunRequest?.['$defs']))).not.toContain('Job')
})

test('what our parts send each other may have further fields, what users send may not', () => {
  const { Job, Manifest } = schemas()
  expect(Job?.['additionalProperties']).toEqual({})
  expect(Manifest?.['additionalProperties']).toBe(false)
})

test('AsyncAPI has a channel for each exchange that others use', () => {
  const described = Object.keys(Object(asyncApi()['channels']))
  const own = ['rejected', 'dead']
  expect(described.toSorted()).toEqual(
    [...Object.keys(exchanges).filter((name) => !own.includes(name)), 'answers'].toSorted(),
  )
})
