/** Fields of what may be anything yet, as a manifest is that was only read. */

/** Whether a value has fields by name. */
export function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Its own field of that name; undefined where there is none, whatever every object inherits. */
export function fieldOf(value: unknown, name: string): unknown {
  return isFields(value) && Object.hasOwn(value, name) ? value[name] : undefined
}
