/** JSON Schema 2020-12 of the documents, drawn from the one source. */
import { z } from 'zod'

const JsonObject = z.record(z.string(), z.json())
export type JsonObject = z.infer<typeof JsonObject>
type Json = JsonObject[string]

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
    needed[name] = withReferences(schema, (to) => {
      open.push(to.slice(prefix.length))
      return to
    })
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

/** A schema without a name of its own, such as that of a query parameter, in place. */
export function inline(schema: z.ZodType, prefix: string): JsonObject {
  const { $defs: _, ...rest } = stripped(z.toJSONSchema(schema, { io: 'input' }))
  return withReferences(rest, (to) => to.replace('#/$defs/', prefix))
}

/** The name under which a schema is published. */
export function nameOf(schema: z.ZodType): string {
  const name = schema.meta()?.id
  if (name === undefined) throw new Error('a published schema needs a name')
  return name
}

function stripped(schema: unknown): JsonObject {
  const { $schema: _schema, $id: _id, ...rest } = JsonObject.parse(schema)
  return rest
}

/** The schema with each reference as `change` gives it. */
function withReferences(schema: JsonObject, change: (to: string) => string): JsonObject {
  const deep = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(deep)
    return typeof value === 'object' && value !== null ? withReferences(value, change) : value
  }
  const entries = Object.entries(schema).map(([key, value]) => [
    key,
    key === '$ref' && typeof value === 'string' ? change(value) : deep(value),
  ])
  return Object.fromEntries(entries)
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
