/** JSON Schema 2020-12 of the documents, drawn from the one source. */
import { z } from 'zod'

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

/**
 * Every named schema as it is sent (a field with a default may be left out), by name, references under `prefix`.
 * Only those that the given names need, where names are given.
 */
export function definitions(prefix: string, names?: readonly string[]): Record<string, JsonObject> {
  const all = z.toJSONSchema(z.globalRegistry, { io: 'input', uri: (id) => prefix + id }).schemas
  const bare = Object.fromEntries(Object.entries(all).map(([name, schema]) => [name, stripped(schema)]))
  if (names === undefined) return sorted(bare)
  const needed: Record<string, JsonObject> = {}
  const open = [...names]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const schema = bare[name]
    if (schema === undefined) throw new Error(`no schema is called ${name}`)
    if (name in needed) continue
    needed[name] = schema
    open.push(...references(schema, prefix))
  }
  return sorted(needed)
}

/** One document as a file of its own: what it refers to stands in its `$defs`. */
export function selfContained(name: string): JsonObject {
  const { [name]: root, ...others } = definitions('#/$defs/', [name])
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:carya:schema:${name}`,
    title: name,
    ...root,
    ...(Object.keys(others).length === 0 ? {} : { $defs: others }),
  }
}

/** A schema without a name, such as that of a query, in place. */
export function inline(schema: z.ZodType, prefix: string): JsonObject {
  const { $defs: _, ...rest } = stripped(z.toJSONSchema(schema, { io: 'input' }))
  return rerooted(rest, '#/$defs/', prefix) as JsonObject
}

/** The name under which a schema is published. */
export function nameOf(schema: z.ZodType): string {
  const name = schema.meta()?.id
  if (name === undefined) throw new Error('a published schema needs a name')
  return name
}

function stripped(schema: object): JsonObject {
  const { $schema: _schema, $id: _id, ...rest } = schema as JsonObject
  return rest
}

function references(value: Json, prefix: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => references(item, prefix))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) =>
    key === '$ref' && typeof item === 'string' && item.startsWith(prefix)
      ? [item.slice(prefix.length)]
      : references(item, prefix),
  )
}

function rerooted(value: Json, from: string, to: string): Json {
  if (Array.isArray(value)) return value.map((item) => rerooted(item, from, to))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === '$ref' && typeof item === 'string' && item.startsWith(from)
        ? to + item.slice(from.length)
        : rerooted(item, from, to),
    ]),
  )
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
