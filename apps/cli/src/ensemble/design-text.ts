/**
 * A pinned design in few words. It comes from a service that may be newer: what is not known here is left out, and
 * nothing of it is relied on.
 */

/** `lhs, 1,000 samples, seed 7` */
export function designText(design: { kind: string }): string {
  const { kind, samples, seed, url }: { kind: string; samples?: unknown; seed?: unknown; url?: unknown } =
    design
  const unit = kind === 'saltelli' ? 'base rows' : 'samples'
  return [
    kind,
    typeof samples === 'number' ? `${samples.toLocaleString('en-GB')} ${unit}` : '',
    typeof seed === 'number' ? `seed ${seed}` : '',
    typeof url === 'string' ? url : '',
  ]
    .filter(Boolean)
    .join(', ')
}

/** How one of its names varies: `uniform 0.1 … 0.5`, `normal 10, 2, cut to 5 … 15`, `values C3, C4`. */
export function wayText(design: object, name: string): string {
  const dimensions = listIn(design, 'dimensions')
  const dimension = dimensions.find((each) => Reflect.get(Object(each), 'name') === name)
  const way = objectIn(dimension, 'distribution') ?? objectIn(dimension, 'levels')
  if (way === undefined) return ''
  const { kind, first, last, count }: { kind?: unknown; first?: unknown; last?: unknown; count?: unknown } =
    way
  if (typeof kind !== 'string') return ''
  if (count !== undefined) return `${kind} ${textOf(first)} … ${textOf(last)}, ${textOf(count)} levels`
  const items = [...listIn(way, 'numbers'), ...listIn(way, 'values')].map(textOf)
  const isRange = kind === 'uniform' || kind === 'loguniform'
  const truncate = listIn(way, 'truncate')
  return [
    `${kind} ${items.join(isRange ? ' … ' : ', ')}`,
    truncate.length === 0 ? '' : `cut to ${truncate.map(textOf).join(' … ')}`,
    listIn(way, 'weights').length === 0 ? '' : 'weighted',
  ]
    .filter(Boolean)
    .join(', ')
}

function listIn(thing: unknown, field: string): unknown[] {
  const found: unknown = Reflect.get(Object(thing), field)
  return Array.isArray(found) ? found : []
}

function objectIn(thing: unknown, field: string): object | undefined {
  const found: unknown = Reflect.get(Object(thing), field)
  return typeof found === 'object' && found !== null ? found : undefined
}

/** A value, or the URL of an input. */
function textOf(item: unknown): string {
  if (typeof item === 'string') return item
  const url: unknown = Reflect.get(Object(item), 'url')
  return typeof url === 'string' ? url : JSON.stringify(item)
}
